import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresLimits } from '@keycourier/runtime/postgres-limits';
import { sql } from 'kysely';

import { connectLedger, type Ledger } from './connect-ledger.ts';
import { createSealing, generateKeyring, parseKeyring } from './sealing.ts';
import { databaseProxy, type DatabaseProxy } from './testing/database-proxy.ts';
import { temporaryLedgerDatabase, type TemporaryDatabase } from './testing/temporary-database.ts';

let database: TemporaryDatabase;
let proxy: DatabaseProxy;
let ledger: Ledger;
beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  proxy = await databaseProxy(database.url);
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const settings = { databaseUrl: proxy.url, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 };
  ledger = connectLedger({ ...settings, use: 'request' });
});
afterEach(() => proxy.thaw());
afterAll(async () => {
  await ledger.close();
  await proxy.close();
  await database.drop();
});

const ask = () => sql<{ one: number }>`select 1 as one`.execute(ledger.db);
const isRefused = (work: () => Promise<unknown>): Promise<void> => expect(work()).rejects.toThrow();

describe('while the database is frozen', () => {
  test('a statement on a connection of the pool fails', async () => {
    await ask();
    proxy.freeze();
    await isRefused(ask);
  });

  test('a transaction fails, its rollback included', async () => {
    await ask();
    proxy.freeze();
    const transaction = () => ledger.db.transaction().execute((tx) => sql`select 1`.execute(tx));
    await isRefused(transaction);
  });

  test('more statements than connections fail, each by itself', async () => {
    await ask();
    proxy.freeze();
    await Promise.all(Array.from({ length: 8 }, () => isRefused(ask)));
  });

  test('the pool can be closed', async () => {
    const sealing = createSealing(parseKeyring(generateKeyring()));
    const other = connectLedger({
      databaseUrl: proxy.url,
      sealing,
      use: 'request',
      maxConnections: 2,
      maxRequestsInFlight: () => 1,
    });
    await sql`select 1`.execute(other.db);
    proxy.freeze();
    const refused = isRefused(() => sql`select 1`.execute(other.db));
    await Promise.all([refused, other.close()]);
  });
});

test('after the thaw, statements answer at once and none gets the answer of another', async () => {
  await ask();
  proxy.freeze();
  await Promise.all([isRefused(ask), isRefused(ask)]);
  proxy.thaw();
  const numbers = await Promise.all(
    [7, 8, 9].map((one) => sql<{ n: number }>`select ${one}::int as n`.execute(ledger.db)),
  );
  expect(numbers.map(({ rows }) => rows[0]?.n)).toEqual([7, 8, 9]);
});

test('the server ends a statement that is too slow before its connection is given up', async () => {
  await expect(sql`select pg_sleep(30)`.execute(ledger.db)).rejects.toMatchObject({ code: '57014' });
  expect((await ask()).rows).toEqual([{ one: 1 }]);
});

test('each use ends a statement at the server first, and waits for no lock longer', () => {
  for (const limits of Object.values(postgresLimits)) {
    expect(limits.statementMs).toBeLessThanOrEqual(limits.answerMs);
    expect(limits.lockMs).toBeLessThan(limits.statementMs);
  }
  expect(postgresLimits.request.answerMs).toBeLessThan(2_000);
});
