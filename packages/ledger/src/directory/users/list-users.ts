import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import type { ListQuery } from '@keycourier/scim-protocol/resources/search-request';
import { sql } from 'kysely';

import type { ReadScope } from '../scope.ts';
import { compileUserFilter } from './compile-filter.ts';
import { columnOf, pageOfAll, pageOfFitting, type UserList } from './page-of-users.ts';
import { readPage, wantedOf } from './read-user.ts';
import { scanPeople } from './scan-people.ts';

/** A list as RFC 7644 §3.4.2 has it, with limits applied. */
export type UserQuery = ListQuery;

/**
 * A page of the visible users. What the indexes can decide is counted and paged by Postgres; for any other filter or order
 * the attributes that it names are decrypted, for each person who may fit, a few hundred at a time.
 */
export async function listUsers(scope: ReadScope, query: UserQuery): Promise<UserList> {
  const { filter, sortBy, sortOrder, projection } = query;
  const compiled = filter === null ? null : compileUserFilter(scope, filter);
  const wanted = wantedOf(projection);
  const where = compiled?.where ?? null;
  const column = columnOf(sortBy);
  if (column === null || compiled?.isExact === false) {
    const unjudged = compiled?.isExact === true ? null : filter;
    const { ids, totalResults } = await scanPeople(scope, { ...query, filter: unjudged, where });
    return { totalResults, users: (await readPage(scope, { ...inOrder(ids), wanted })).users };
  }
  const isDescending = sortBy !== null && sortOrder === 'descending';
  const page = { ...query, column, isDescending, wanted, isRepeated: filter === null || isByKey(filter) };
  return where === null ? pageOfAll(scope, page) : pageOfFitting(scope, where, page);
}

/** At most one person meets it for any value: Postgres needs no plan of its own for each value. */
const isByKey = (filter: Filter): boolean =>
  filter.kind === 'compare' && filter.operator === 'eq' && ['userName', 'externalId'].includes(filter.reference.key);

function inOrder(ids: readonly string[]) {
  const array = sql`${[...ids]}::text[]`;
  return { ids: array, order: sql`order by array_position(${array}, id)`, isRepeated: false };
}
