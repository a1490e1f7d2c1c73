import { param, type Handler } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { select } from '../store/database.ts';
import { presentUser } from '../users/present-user.ts';
import { userSchema } from '../users/user.ts';
import { findGroup } from './group.ts';

/** `GET /api/v1/groups/{groupId}/users`: in the order in which they joined. */
export const listGroupUsers: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 1_000, max: 1_000 });
  const group = await findGroup(org.db, param(request, 'groupId'));
  const rows = await select(org.db, userSchema, {
    text: `select org_user.* from org_user join membership on user_id = org_user.id
     where group_id = $1
       and ($2::text is null or membership.ordinal > (select ordinal from membership where group_id = $1 and user_id = $2))
     order by membership.ordinal limit ${limit + 1}`,
    values: [group.id, request.query['after'] ?? null],
  });
  const { items, links } = page(request, rows, limit);
  return { status: 200, body: items.map((user) => presentUser(request.origin, org.identity.userTypeId, user)), links };
};
