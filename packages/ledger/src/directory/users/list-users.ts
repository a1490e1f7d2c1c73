import type { ListQuery } from '@keycourier/scim-protocol/resources/search-request';

import type { ReadScope } from '../scope.ts';
import { compileUserFilter, type Compiled } from './compile-filter.ts';
import { columnOf, pageOfAll, pageOfFitting, type FoundIds } from './page-of-ids.ts';
import { readUsers, wantedOf, type StoredUser } from './read-user.ts';
import { scanPeople } from './scan-people.ts';

/** A list as RFC 7644 §3.4.2 has it, with limits applied. */
export type UserQuery = ListQuery;

export interface UserList {
  /** Of all users who fit the filter. */
  totalResults: number;
  users: readonly StoredUser[];
}

/**
 * A page of the visible users. What the indexes can decide is counted and paged by Postgres; for any other filter or order
 * the attributes that it names are decrypted, for each person who may fit, a few hundred at a time.
 */
export async function listUsers(scope: ReadScope, query: UserQuery): Promise<UserList> {
  const compiled = query.filter === null ? null : compileUserFilter(scope, query.filter);
  const { ids, totalResults } = await findIds(scope, query, compiled);
  return { totalResults, users: await readUsers(scope, ids, wantedOf(query.projection)) };
}

async function findIds(scope: ReadScope, query: UserQuery, compiled: Compiled | null): Promise<FoundIds> {
  const { filter, sortBy, sortOrder } = query;
  const where = compiled?.where ?? null;
  const column = columnOf(sortBy);
  if (column === null || compiled?.isExact === false)
    return scanPeople(scope, { ...query, filter: compiled?.isExact === true ? null : filter, where });
  const page = { ...query, column, isDescending: sortBy !== null && sortOrder === 'descending' };
  return where === null ? pageOfAll(scope, page) : pageOfFitting(scope, where, page);
}
