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

export interface FoundIds {
  ids: readonly string[];
  totalResults: number;
}

export interface PageOfIds {
  startIndex: number;
  count: number;
  column: SortColumn;
  isDescending: boolean;
}

/** A page of those who meet a condition, and how many they are: they are counted only where the page does not tell. */
export async function pageOfFitting(
  scope: ReadScope,
  where: RawBuilder<boolean>,
  { startIndex, count, column, isDescending }: PageOfIds,
): Promise<FoundIds> {
  const offset = startIndex - 1;
  const ids = count === 0 ? [] : await idsFrom(scope, { column, where }, { offset, limit: count, isDescending });
  const isLastPage = ids.length < count && (ids.length > 0 || offset === 0);
  if (isLastPage) return { ids, totalResults: offset + ids.length };
  const { rows } = await sql<{ count: string }>`
    select count(*) from people where ${isVisible(scope.origin, 'people')} and ${where}`.execute(scope.db);
  return { ids, totalResults: Number(rows[0]?.count ?? 0) };
}

/** A page of everyone visible: sums of how many people each owner has are kept. */
export async function pageOfAll(scope: ReadScope, page: PageOfIds): Promise<FoundIds> {
  const { rows } = await sql<{ count: string | null }>`
    select sum(users) as count from directory_sizes where ${isVisible(scope.origin, 'directory_sizes')}`.execute(
    scope.db,
  );
  const totalResults = Number(rows[0]?.count ?? 0);
  return { ids: await idsOfPage(scope, page, totalResults), totalResults };
}

const columnsFor = (column: SortColumn): RawBuilder<unknown> =>
  column === 'id' ? sql`id` : sql`id, ${sql.ref(column)}`;

function orderBy(column: SortColumn, isDescending: boolean): RawBuilder<unknown> {
  const direction = isDescending ? sql`desc` : sql`asc`;
  return column === 'id'
    ? sql`order by id ${direction}`
    : sql`order by ${sql.ref(column)} ${direction}, id ${direction}`;
}

/** A page in the far half is read from the end: no more rows are passed over than half of them. */
async function idsOfPage(scope: ReadScope, page: PageOfIds, totalResults: number): Promise<readonly string[]> {
  const first = page.startIndex - 1;
  const limit = Math.min(page.count, totalResults - first);
  if (limit <= 0) return [];
  const fromEnd = totalResults - first - limit;
  const isFar = fromEnd < first;
  const everyone = { column: page.column, where: sql<boolean>`true` };
  const ids = await idsFrom(scope, everyone, {
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

async function idsFrom(
  scope: ReadScope,
  { column, where }: { column: SortColumn; where: RawBuilder<boolean> },
  { offset, limit, isDescending }: Stretch,
): Promise<string[]> {
  const order = orderBy(column, isDescending);
  // Each owner's people are in an index in this order: Postgres merges them, where "any" would make it sort.
  const parts = conditions(scope).map(
    (condition) =>
      sql`(select ${columnsFor(column)} from people where ${condition} and ${where} ${order} limit ${offset + limit})`,
  );
  const { rows } = await sql<{ id: string }>`
    select id from (${sql.join(parts, sql` union all `)}) as part ${order} offset ${offset} limit ${limit}`.execute(
    scope.db,
  );
  return rows.map(({ id }) => id);
}

function conditions({ origin }: ReadScope): RawBuilder<unknown>[] {
  const ofTenant = sql`tenant = ${tenantOf(origin)}`;
  const owners = visibleOwners(origin);
  return owners === null ? [ofTenant] : owners.map((owner) => sql`${ofTenant} and owner = ${owner}`);
}
