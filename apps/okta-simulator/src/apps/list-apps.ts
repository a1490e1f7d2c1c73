import type { Handler } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { select } from '../store/database.ts';
import { appSchema } from './app.ts';
import { presentApp } from './present-app.ts';

/** `GET /api/v1/apps`: `q` is a prefix of a label or name, in any letter case. */
export const listApps: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 20, max: 200 });
  const { after = null, q = null } = request.query;
  const rows = await select(org.db, appSchema, {
    text: `select * from app
     where ($1::text is null or starts_with(lower(label), lower($1)) or starts_with(name, lower($1)))
       and ($2::text is null or ordinal > (select ordinal from app where id = $2))
     order by ordinal limit ${limit + 1}`,
    values: [q, after],
  });
  const { items, links } = page(request, rows, limit);
  return { status: 200, body: items.map((app) => presentApp(request.origin, app)), links };
};
