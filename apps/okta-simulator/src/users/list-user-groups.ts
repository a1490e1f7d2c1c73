import { groupSchema } from '../groups/group.ts';
import { presentGroup } from '../groups/present-group.ts';
import { param, type Handler } from '../http/handler.ts';
import { link } from '../http/paging.ts';
import { select } from '../store/database.ts';
import { findUser } from './user.ts';

/** `GET /api/v1/users/{id}/groups`: all groups on one page, including Everyone. */
export const listUserGroups: Handler = async (org, request) => {
  const user = await findUser(org.db, param(request, 'id'));
  const groups = await select(org.db, groupSchema, {
    text: `select org_group.* from org_group join membership on group_id = org_group.id
     where user_id = $1 order by org_group.ordinal`,
    values: [user.id],
  });
  const body = groups.map((group) => presentGroup(request.origin, group));
  return { status: 200, body, links: [link(request, 'self')] };
};
