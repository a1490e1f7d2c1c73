import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { sql, type RawBuilder } from 'kysely';

import { isVisible, tenantOf, visibleOwners, type ReadScope } from '../scope.ts';

/** The columns by which Postgres sorts. */
export type SortColumn = 'id' | 'created_at' | 'last_modified' | 'active';

/** Null: the attribute is sealed, or computed. */
export function columnOf(reference: AttributeReference | null): SortColumn | null {
  switch (reference?.key) {
    case undefined:
    case 'id':
      return 'id';
    case 'meta.created':
      return 'created_at';
    case 'meta.lastModified':
      return 'last_modified';
    case 'active':
      return 'active';
    default:
      return null;
  }
}

/** How many visible people there are, from sums that are kept of them, or how many of them meet a condition. */
export async function countPeople({ db, origin }: ReadScope, where: RawBuilder<boolean> | null): Promise<number> {
  const { rows } = await (
    where === null
      ? sql<{ count: string | null }>`
        select sum(users) as count from directory_sizes where ${isVisible(origin, 'directory_sizes')}`
      : sql<{ count: string | null }>`
        select count(*) from people where ${isVisible(origin, 'people')} and ${where}`
  ).execute(db);
  return Number(rows[0]?.count ?? 0);
}

export interface PageToRead {
  startIndex: number;
  count: number;
  where: RawBuilder<boolean> | null;
  column: SortColumn;
  isDescending: boolean;
  totalResults: number;
}

/** The ids of a page. A page in the far half is read from the end: no more rows are passed over than half of them. */
export async function pageOfIds(scope: ReadScope, page: PageToRead): Promise<readonly string[]> {
  const first = page.startIndex - 1;
  const limit = Math.min(page.count, page.totalResults - first);
  if (limit <= 0) return [];
  const fromEnd = page.totalResults - first - limit;
  const isFar = fromEnd < first;
  const ids = await idsFrom(scope, page, {
    offset: isFar ? fromEnd : first,
    limit,
    isDescending: page.isDescending !== isFar,
  });
  return isFar ? ids.toReversed() : ids;
}

interface Stretch {
  offset: number;
  limit: number;
  isDescending: boolean;
}

async function idsFrom(scope: ReadScope, { where, column }: PageToRead, stretch: Stretch): Promise<string[]> {
  const { offset, limit, isDescending } = stretch;
  const direction = isDescending ? sql`desc` : sql`asc`;
  const order = column === 'id' ? sql`id ${direction}` : sql`${sql.ref(column)} ${direction}, id ${direction}`;
  const columns = column === 'id' ? sql`id` : sql`id, ${sql.ref(column)}`;
  // Each owner's people are in an index in this order: Postgres merges them, where "any" would make it sort.
  const parts = conditions(scope).map(
    (condition) => sql`(select ${columns} from people where ${condition} ${where === null ? sql`` : sql`and ${where}`}
      order by ${order} limit ${offset + limit})`,
  );
  const { rows } = await sql<{ id: string }>`
    select id from (${sql.join(parts, sql` union all `)}) as part order by ${order} offset ${offset} limit ${limit}`.execute(
    scope.db,
  );
  return rows.map(({ id }) => id);
}

function conditions({ origin }: ReadScope): RawBuilder<unknown>[] {
  const ofTenant = sql`tenant = ${tenantOf(origin)}`;
  const owners = visibleOwners(origin);
  return owners === null ? [ofTenant] : owners.map((owner) => sql`${ofTenant} and owner = ${owner}`);
}
