import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { sql, type RawBuilder } from 'kysely';

import { prepared } from '../../prepared.ts';
import { isVisible, tenantOf, visibleOwners, type ReadScope } from '../scope.ts';
import { readPage, type PageOfUsers, type StoredUser, type Wanted } from './read-user.ts';

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

export interface UserList {
  /** Of all users who fit the filter. */
  totalResults: number;
  users: readonly StoredUser[];
}

export interface PageToFind {
  startIndex: number;
  count: number;
  column: SortColumn;
  isDescending: boolean;
  wanted: Wanted;
  /** One plan of its statement is as good for all values. */
  isRepeated: boolean;
}

/** A page of those who meet a condition, and how many they are: they are counted only where the page does not tell. */
export async function pageOfFitting(scope: ReadScope, where: RawBuilder<boolean>, page: PageToFind): Promise<UserList> {
  const { count } = page;
  const offset = page.startIndex - 1;
  const { users, found } =
    count === 0 ? none : await pageFrom(scope, { ...page, where }, { offset, limit: count, isReversed: false });
  const isLastPage = found < count && (found > 0 || offset === 0);
  if (isLastPage) return { users, totalResults: offset + found };
  const { rows } = await sql<{ count: string }>`
    select count(*) from people where ${isVisible(scope.origin, 'people')} and ${where}`.execute(scope.db);
  return { users, totalResults: Number(rows[0]?.count ?? 0) };
}

const none: PageOfUsers = { users: [], found: 0 };

/** A page of everyone visible: sums of how many people each owner has are kept. */
export async function pageOfAll(scope: ReadScope, page: PageToFind): Promise<UserList> {
  const { rows } = await sql<{ count: string | null }>`${prepared}
    select sum(users) as count from directory_sizes where ${isVisible(scope.origin, 'directory_sizes')}`.execute(
    scope.db,
  );
  const totalResults = Number(rows[0]?.count ?? 0);
  return { users: await usersOfPage(scope, page, totalResults), totalResults };
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
async function usersOfPage(scope: ReadScope, page: PageToFind, totalResults: number): Promise<readonly StoredUser[]> {
  const first = page.startIndex - 1;
  const limit = Math.min(page.count, totalResults - first);
  if (limit <= 0) return [];
  const fromEnd = totalResults - first - limit;
  const isReversed = fromEnd < first;
  const stretch = { offset: isReversed ? fromEnd : first, limit, isReversed };
  return (await pageFrom(scope, { ...page, where: sql<boolean>`true` }, stretch)).users;
}

interface Stretch {
  offset: number;
  limit: number;
  /** It is found from the end of the list. */
  isReversed: boolean;
}

interface Found extends Pick<PageToFind, 'column' | 'isDescending' | 'wanted' | 'isRepeated'> {
  where: RawBuilder<boolean>;
}

/** One statement: a page is read as it was found. */
function pageFrom(
  scope: ReadScope,
  { column, isDescending, where, wanted, isRepeated }: Found,
  { offset, limit, isReversed }: Stretch,
): Promise<PageOfUsers> {
  const order = orderBy(column, isDescending !== isReversed);
  // Each owner's people are in an index in this order: Postgres merges them, where "any" would make it sort.
  const parts = conditions(scope).map((condition) => sql`from people where ${condition} and ${where} ${order}`);
  const cut = sql`offset ${offset} limit ${limit}`;
  const [only, ...others] = parts;
  const found =
    only !== undefined && others.length === 0
      ? sql`select id ${only} ${cut}`
      : sql`select id from (${sql.join(
          parts.map((part) => sql`(select ${columnsFor(column)} ${part} limit ${offset + limit})`),
          sql` union all `,
        )}) as part ${order} ${cut}`;
  const ids = sql`array(${found})`;
  return readPage(scope, { ids, wanted, order: orderBy(column, isDescending), isRepeated });
}

function conditions({ origin }: ReadScope): RawBuilder<unknown>[] {
  const ofTenant = sql`tenant = ${tenantOf(origin)}`;
  const owners = visibleOwners(origin);
  return owners === null ? [ofTenant] : owners.map((owner) => sql`${ofTenant} and owner = ${owner}`);
}
