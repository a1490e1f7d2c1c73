import { setImmediate } from 'node:timers/promises';

import { attributesOf } from '@keycourier/scim-protocol/filter/attributes-of';
import { evaluate, type ReadStored } from '@keycourier/scim-protocol/filter/evaluate';
import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { toEtag } from '@keycourier/scim-protocol/resources/etag';
import { compareSortKeys, sortKeyOf, type SortKey, type SortOrder } from '@keycourier/scim-protocol/resources/sort';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { userUrn } from '@keycourier/scim-protocol/schemas/schemas';
import { sql, type RawBuilder } from 'kysely';

import { isVisible, type ReadScope } from '../scope.ts';
import { readUsers, type StoredUser, type Wanted } from './read-user.ts';

export interface Scan {
  /** Who may fit; null: everyone. */
  where: RawBuilder<boolean> | null;
  /** What is to be judged; null where `where` says it all. */
  filter: Filter | null;
  sortBy: AttributeReference | null;
  sortOrder: SortOrder;
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
  const { filter, sortBy, sortOrder, startIndex, count } = scan;
  const [first, end] = [startIndex - 1, startIndex - 1 + count];
  const kept: { id: string; key: SortKey }[] = [];
  let totalResults = 0;
  for await (const people of candidates(scope, scan))
    for (const person of people) {
      const read = readerOf(person);
      if (filter !== null && !evaluate(filter, read)) continue;
      // Without an order only the page itself is kept.
      if (sortBy !== null) kept.push({ id: person.id, key: sortKeyOf(sortBy, read) });
      else if (totalResults >= first && totalResults < end) kept.push({ id: person.id, key: null });
      totalResults += 1;
    }
  // They come by id, and sorting is stable: those with the same key never change places between two pages.
  const page =
    sortBy === null
      ? kept
      : kept.sort((one, other) => compareSortKeys(one.key, other.key, sortOrder)).slice(first, end);
  return { ids: page.map(({ id }) => id), totalResults };
}

async function* candidates(scope: ReadScope, { where, filter, sortBy }: Scan): AsyncGenerator<readonly StoredUser[]> {
  const wanted = new Set([
    ...(filter === null ? [] : attributesOf(filter)),
    ...(sortBy === null ? [] : [sortBy.stored]),
  ]);
  // What `schemas` is, the names of all stored attributes tell.
  const read: Wanted = { only: wanted.has('schemas') ? null : [...wanted], except: [] };
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string }>`
      select id from people where ${isVisible(scope.origin, 'people')} and id > ${after}
        ${where === null ? sql`` : sql`and ${where}`} order by id limit ${stretch}`.execute(scope.db);
    const ids = rows.map(({ id }) => id);
    yield await readUsers(scope, ids, read);
    const last = ids.at(-1);
    if (last === undefined || ids.length < stretch) return;
    after = last;
    await setImmediate();
  }
}

/** How a filter or an order reads a user. */
export function readerOf(user: StoredUser): ReadStored {
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
          version: toEtag(user.version),
        };
      case 'groups':
        return user.groups.map(({ id, displayName }) => ({ value: id, display: displayName }));
      case 'externalId':
        return user.externalId ?? undefined;
      default:
        return user.attributes.get(stored);
    }
  };
}
