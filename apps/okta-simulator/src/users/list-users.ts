import type { Handler, OktaRequest } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { binder, filterToSql, type Bind } from '../http/scim-filter.ts';
import { select } from '../store/database.ts';
import { presentUser } from './present-user.ts';
import { userColumns } from './user-columns.ts';
import { userSchema } from './user.ts';

/** `GET /api/v1/users`: a plain list and `q` leave DEPROVISIONED users out, `search` and `filter` do not. */
export const listUsers: Handler = async (org, request) => {
  const limit = pageSize(request, { default: request.query['q'] === undefined ? 200 : 10, max: 200 });
  const values: unknown[] = [];
  const where = conditions(request, binder(values)).join(' and ');
  const text = `select * from org_user where ${where} order by ordinal limit ${limit + 1}`;
  const rows = await select(org.db, userSchema, { text, values });
  const { items, links } = page(request, rows, limit);
  return { status: 200, body: items.map((user) => presentUser(request.origin, org.identity.userTypeId, user)), links };
};

const isVisible = (groups: string): string =>
  `id in (select user_id from membership where group_id = any(${groups}::text[]))`;

function conditions(request: OktaRequest, bind: Bind): string[] {
  const { after, filter, q, search } = request.query;
  const all = request.visibleGroups === undefined ? [] : [isVisible(bind(request.visibleGroups))];
  if (search !== undefined) all.push(filterToSql(search, { columns: userColumns, bind: bind, refusal: 'E0000031' }));
  if (filter !== undefined) all.push(filterToSql(filter, { columns: userColumns, bind: bind, refusal: 'E0000031' }));
  if (search === undefined && filter === undefined) all.push(`status <> 'DEPROVISIONED'`);
  if (q !== undefined) {
    const start = `lower(${bind(q)}::text)`;
    const begins = (attribute: string): string => `starts_with(lower(profile ->> '${attribute}'), ${start})`;
    all.push(`(${['firstName', 'lastName', 'email'].map(begins).join(' or ')})`);
  }
  if (after !== undefined) all.push(`ordinal > (select ordinal from org_user where id = ${bind(after)})`);
  return all;
}
