import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@jest/globals';
import type { Tables } from '@keycourier/ledger/tables';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';

import { createLiveHub } from './live-hub.ts';

/** A database that answers each statement at once, without a server. */
const answeredBy = (answer: () => Record<string, unknown>[]): Kysely<Tables> =>
  new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [{ transformQuery: ({ node }) => node, transformResult: async () => ({ rows: answer() }) }],
  });

// In a file of its own: the timers are mocked for the whole process, of a console that runs in it too.
test('a live hub looks half as often while nothing changes, and as before after a change', async () => {
  const looksAt: number[] = [];
  const change = { key: '1', shipmentId: 'shp_1', historyId: null, tenant: 'acme', batchId: null };
  const db = answeredBy(() => {
    looksAt.push(Date.now() / 1_000);
    // The first look only learns where the history ends.
    if (looksAt.length === 1) return [{ historyId: '0' }];
    return Date.now() === 22_000 || looksAt.at(-2) === 22 ? [change] : [];
  });
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 0 });
  try {
    const hub = createLiveHub(db, { onError: () => undefined, openSessions: async (ids) => new Set(ids) });
    hub.add({ tenant: 'acme', session: 's', changed: () => undefined, end: () => undefined });
    for (let second = 1; second <= 24; second += 1) {
      mock.timers.tick(1_000);
      // What a look leads to happens before the next second.
      await setImmediate();
    }
    hub.close();
  } finally {
    mock.timers.reset();
  }
  expect([...new Set(looksAt)]).toEqual([1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 23, 24]);
});
