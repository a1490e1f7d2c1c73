import type { Handler, OktaRequest } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { binder, filterToSql, type Bind, type Columns } from '../http/scim-filter.ts';
import { select } from '../store/database.ts';
import { groupSchema } from './group.ts';
import { presentGroup } from './present-group.ts';

const columns: Readonly<Record<string, ReturnType<Columns>>> = {
  id: { sql: 'id', kind: 'text' },
  type: { sql: 'type', kind: 'text' },
  created: { sql: 'created', kind: 'time' },
  lastUpdated: { sql: 'last_updated', kind: 'time' },
  lastMembershipUpdated: { sql: 'last_membership_updated', kind: 'time' },
  'profile.name': { sql: 'name', kind: 'text' },
  'profile.description': { sql: 'description', kind: 'text' },
};

/** `GET /api/v1/groups`: `q` is a prefix of a name, in any letter case. */
export const listGroups: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 10_000, max: 10_000 });
  const values: unknown[] = [];
  const where = conditions(request, binder(values)).join(' and ');
  const text = `select * from org_group where ${where} order by ordinal limit ${limit + 1}`;
  const rows = await select(org.db, groupSchema, { text, values });
  const { items, links } = page(request, rows, limit);
  return { status: 200, body: items.map((group) => presentGroup(request.origin, group)), links };
};

function conditions(request: OktaRequest, bind: Bind): string[] {
  const { after, filter, q, search } = request.query;
  const visible = request.visibleGroups;
  const all = [visible === undefined ? 'true' : `id = any(${bind(visible)}::text[])`];
  for (const expression of [search, filter])
    if (expression !== undefined)
      all.push(filterToSql(expression, { columns: (name) => columns[name], bind: bind, refusal: 'E0000031' }));
  if (q !== undefined) all.push(`starts_with(lower(name), lower(${bind(q)}::text))`);
  if (after !== undefined) all.push(`ordinal > (select ordinal from org_group where id = ${bind(after)})`);
  return all;
}
