import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';

import type { ReadScope } from '../scope.ts';
import { compileUserFilter, type Compiled } from './compile-filter.ts';
import { columnOf, countPeople, pageOfIds } from './page-of-ids.ts';
import { readUsers, type StoredUser, type Wanted } from './read-user.ts';
import { scanPeople } from './scan-people.ts';

export interface Sort {
  by: AttributeReference;
  isDescending: boolean;
}

/** Of a list, as RFC 7644 §3.4.2.4 has it: from 1, and 0 or more. */
export interface Page {
  startIndex: number;
  count: number;
}

export interface UserQuery extends Page {
  filter: Filter | null;
  /** Null: in the order in which they were created, which nothing changes. */
  sort: Sort | null;
  /** Which attributes to return; null: all of them. */
  wanted: Wanted;
}

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
  return { totalResults, users: await readUsers(scope, ids, query.wanted) };
}

interface FoundIds {
  ids: readonly string[];
  totalResults: number;
}

async function findIds(scope: ReadScope, query: UserQuery, compiled: Compiled | null): Promise<FoundIds> {
  const { filter, sort } = query;
  const column = columnOf(sort?.by ?? null);
  if (column === null || compiled?.isExact === false)
    return scanPeople(scope, {
      ...query,
      filter: compiled?.isExact === true ? null : filter,
      where: compiled?.where ?? null,
    });
  const where = compiled?.where ?? null;
  const totalResults = await countPeople(scope, where);
  const ids = await pageOfIds(scope, {
    ...query,
    where,
    column,
    isDescending: sort?.isDescending ?? false,
    totalResults,
  });
  return { ids, totalResults };
}
