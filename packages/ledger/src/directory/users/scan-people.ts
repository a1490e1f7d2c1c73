import { setImmediate } from 'node:timers/promises';

import { attributesOf } from '@keycourier/scim-protocol/filter/attributes-of';
import { evaluate, type ReadStored } from '@keycourier/scim-protocol/filter/evaluate';
import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { userUrn } from '@keycourier/scim-protocol/schemas/schemas';
import { sql, type RawBuilder } from 'kysely';

import { isVisible, type ReadScope } from '../scope.ts';
import type { Sort } from './list-users.ts';
import { readUsers, type StoredUser } from './read-user.ts';
import { bySortValue, sortValueOf, type Sorted } from './sort-value.ts';

export interface Scan {
  /** Who may fit; null: everyone. */
  where: RawBuilder<boolean> | null;
  /** What is to be judged; null where `where` says it all. */
  filter: Filter | null;
  sort: Sort | null;
  startIndex: number;
  count: number;
}

/** Decrypted at a time; other requests are served between two stretches. */
const stretch = 500;

/** The ids of a page, and how many people fit, by reading the attributes that the filter and the order name. */
export async function scanPeople(
  scope: ReadScope,
  scan: Scan,
): Promise<{ ids: readonly string[]; totalResults: number }> {
  const [first, end] = [scan.startIndex - 1, scan.startIndex - 1 + scan.count];
  const kept: Sorted[] = [];
  let totalResults = 0;
  for await (const people of candidates(scope, scan)) {
    for (const person of people.filter((one) => scan.filter === null || evaluate(scan.filter, readerOf(one)))) {
      // Without an order only the page itself is kept.
      if (scan.sort !== null || (totalResults >= first && totalResults < end))
        kept.push({
          id: person.id,
          value: scan.sort === null ? null : sortValueOf(scan.sort.by, readerOf(person)(scan.sort.by)),
        });
      totalResults += 1;
    }
  }
  if (scan.sort === null) return { ids: kept.map(({ id }) => id), totalResults };
  const sorted = kept.sort(bySortValue(scan.sort.isDescending)).slice(first, end);
  return { ids: sorted.map(({ id }) => id), totalResults };
}

async function* candidates(scope: ReadScope, { where, filter, sort }: Scan): AsyncGenerator<readonly StoredUser[]> {
  const wanted = new Set([
    ...(filter === null ? [] : attributesOf(filter)),
    ...(sort === null ? [] : [sort.by.stored]),
  ]);
  // What `schemas` is, the names of all stored attributes tell.
  const names = wanted.has('schemas') ? null : [...wanted];
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string }>`
      select id from people where ${isVisible(scope.origin, 'people')} and id > ${after}
        ${where === null ? sql`` : sql`and ${where}`} order by id limit ${stretch}`.execute(scope.db);
    const ids = rows.map(({ id }) => id);
    yield await readUsers(scope, ids, names);
    const last = ids.at(-1);
    if (last === undefined || ids.length < stretch) return;
    after = last;
    await setImmediate();
  }
}

function readerOf(user: StoredUser): ReadStored {
  return ({ stored }): JsonValue | undefined => {
    switch (stored) {
      case 'id':
        return user.id;
      case 'active':
        return user.active;
      case 'schemas':
        return [userUrn, ...[...user.attributes.keys()].filter((name) => name.includes(':'))];
      case 'meta':
        return {
          resourceType: 'User',
          created: user.createdAt.toISOString(),
          lastModified: user.lastModified.toISOString(),
          version: user.version,
        };
      case 'groups':
        return (user.groups ?? []).map(({ id, displayName }) => ({ value: id, display: displayName }));
      default:
        return user.attributes.get(stored);
    }
  };
}
