import { param, type Handler } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { select } from '../store/database.ts';
import { appUserSchema, findAppUser, selectAppUsers } from './app-user.ts';
import { findApp } from './app.ts';
import { presentAppUser } from './present-app-user.ts';

/** `GET /api/v1/apps/{appId}/users/{userId}` */
export const getAppUser: Handler = async (org, request) => {
  const key = { appId: param(request, 'appId'), userId: param(request, 'userId') };
  await findApp(org.db, key.appId);
  return { status: 200, body: presentAppUser(request.origin, await findAppUser(org.db, key)) };
};

/** `GET /api/v1/apps/{appId}/users`: `q` is a prefix of a user name. */
export const listAppUsers: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 50, max: 500 });
  const app = await findApp(org.db, param(request, 'appId'));
  const { after = null, q = null } = request.query;
  const rows = await select(org.db, appUserSchema, {
    text: `${selectAppUsers} where app_id = $1
       and ($2::text is null or starts_with(lower(user_name), lower($2)))
       and ($3::text is null or app_user.ordinal > (select ordinal from app_user where app_id = $1 and user_id = $3))
     order by app_user.ordinal limit ${limit + 1}`,
    values: [app.id, q, after],
  });
  const withIds = rows.map((row) => ({ ...row, id: row.user_id }));
  const { items, links } = page(request, withIds, limit);
  return { status: 200, body: items.map((appUser) => presentAppUser(request.origin, appUser)), links };
};
