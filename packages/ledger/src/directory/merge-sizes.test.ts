import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, reading, write } from '../testing/sample-directory.ts';
import type { Connection } from './connections/connection.ts';
import { mergeSizes } from './merge-sizes.ts';
import { createUser } from './users/create-user.ts';
import { deleteUser } from './users/delete-user.ts';
import { pageOfAll } from './users/page-of-users.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection;
beforeEach(async () => {
  ({ ledger } = await connectTestLedger({ maxConnections: 12 }));
  okta = await aConnection(ledger, { includeManual: true });
});

const create = async (userName: string, origin = by(okta)): Promise<string> =>
  idOf(await write(ledger, origin, (scope) => createUser(scope, aUser(userName))));
const remove = (id: string) => write(ledger, by(okta), (scope) => deleteUser(scope, { id }));
const sizes = async () => {
  const { rows } = await sql<{ owner: string; rows: number; users: number }>`
    select owner, count(*)::int as rows, sum(users)::int as users from directory_sizes group by owner order by owner`.execute(
    ledger.db,
  );
  return rows;
};
const counted = async () => {
  const { rows } = await sql<{ owner: string; users: number }>`
    select owner, count(*)::int as users from people group by owner order by owner`.execute(ledger.db);
  return rows;
};
const noneOfAll = {
  startIndex: 1,
  count: 0,
  column: 'id',
  isDescending: false,
  wanted: { only: null, except: [] },
  isRepeated: true,
} as const;
const totalSeen = async (): Promise<number> => (await pageOfAll(reading(ledger, by(okta)), noneOfAll)).totalResults;

test('creations, deletions and claims become one row for each owner, with the same sums', async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => create(`${n}@x.example`)));
  await create('by-hand@x.example', byHand());
  await create('claimed@x.example', byHand());
  await create('claimed@x.example');
  await remove(ids[0] ?? '');
  const before = await sizes();
  // A claim is two rows: one of the owner before, one of the owner now.
  expect(before.map(({ rows }) => rows).toSorted((one, other) => one - other)).toEqual([3, 8]);
  expect(await totalSeen()).toBe(7);
  expect(await mergeSizes(ledger, 1_000)).toBe(9);
  expect(await sizes()).toEqual(before.map((one) => ({ ...one, rows: 1 })));
  expect(await mergeSizes(ledger, 1_000)).toBe(0);
  expect(await totalSeen()).toBe(7);
});

test('a call merges no more rows than its limit, and calls go on until none is left', async () => {
  for (let n = 0; n < 7; n += 1) await create(`${n}@x.example`);
  const fewer = [];
  for (let left = 1; left > 0; fewer.push(left)) left = await mergeSizes(ledger, 3);
  expect(fewer).toEqual([2, 2, 2, 0]);
  expect(await sizes()).toEqual([{ owner: okta.id, rows: 1, users: 7 }]);
});

test('rows are merged beside writers and by several processes at once: every sum that a list sees is right', async () => {
  let isOver = false;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; n < 15; n += 1) {
      const id = await create(`w${writer}-${n}@x.example`);
      if (n % 3 === 0) await remove(id);
    }
  });
  let merged = 0;
  // The writers may have ended before a merger has had its turn.
  const mergers = Array.from({ length: 3 }, async () => {
    for (let rounds = 0; (!isOver || merged === 0) && rounds < 10_000; rounds += 1) {
      const fewer = await mergeSizes(ledger, 5);
      merged += fewer;
    }
  });
  const seen: { kept: number; counted: number }[] = [];
  const reader = (async () => {
    while (!isOver && seen.length < 10_000) {
      // One statement, and so one state of the database.
      const { rows } = await sql<{ kept: number; counted: number }>`
        select coalesce((select sum(users) from directory_sizes), 0)::int as kept,
          (select count(*) from people)::int as counted`.execute(ledger.db);
      seen.push(...rows);
    }
  })();
  await Promise.all(writers);
  isOver = true;
  await Promise.all([...mergers, reader]);
  expect(merged).toBeGreaterThan(0);
  expect(seen.filter(({ kept, counted: people }) => kept !== people)).toEqual([]);
  while ((await mergeSizes(ledger, 5)) > 0);
  expect(await sizes()).toEqual((await counted()).map((one) => ({ ...one, rows: 1 })));
});
