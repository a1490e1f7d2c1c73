import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresLimits } from '@keycourier/runtime/postgres-limits';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { until } from '@keycourier/runtime/testing/until';
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
/** A busy machine may answer later than a request waits. */
const isAnswered = (of = ledger) =>
  until(
    () =>
      sql`select 1`.execute(of.db).then(
        () => true,
        () => false,
      ),
    (isDone) => isDone,
  );
const isRefused = (work: () => Promise<unknown>): Promise<void> => expect(work()).rejects.toThrow();

describe('while the database is frozen', () => {
  test('a statement on a connection of the pool fails', async () => {
    await isAnswered();
    proxy.freeze();
    await isRefused(ask);
  });

  test('a transaction fails, its rollback included', async () => {
    await isAnswered();
    proxy.freeze();
    const transaction = () => ledger.db.transaction().execute((tx) => sql`select 1`.execute(tx));
    await isRefused(transaction);
  });

  test('more statements than connections fail, each by itself', async () => {
    await isAnswered();
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
    await isAnswered(other);
    proxy.freeze();
    const refused = isRefused(() => sql`select 1`.execute(other.db));
    await Promise.all([refused, other.close()]);
  });
});

test('after the thaw, statements are answered and none gets the answer of another', async () => {
  await isAnswered();
  proxy.freeze();
  await Promise.all([isRefused(ask), isRefused(ask)]);
  proxy.thaw();
  const numbers = [7, 8, 9];
  await until(
    async () => {
      const queries = numbers.map((one) => sql<{ n: number }>`select ${one}::int as n`.execute(ledger.db));
      const answers = await Promise.allSettled(queries);
      // On a busy machine one may be late, but none may be wrong.
      const read = answers.map((one) => (one.status === 'fulfilled' ? one.value.rows[0]?.n : null));
      expect(read).toEqual(read.map((one, index) => (one === null ? null : numbers[index])));
      return answers;
    },
    (answers) => answers.every(({ status }) => status === 'fulfilled'),
  );
});

test('the server ends a statement that is too slow before its connection is given up', async () => {
  const slow = connectLedger({
    databaseUrl: database.url,
    sealing: createSealing(parseKeyring(generateKeyring())),
    limits: { ...patientLimits, statementMs: postgresLimits.request.statementMs },
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  await expect(sql`select pg_sleep(240)`.execute(slow.db)).rejects.toMatchObject({ code: '57014' });
  await isAnswered(slow);
  await slow.close();
});

test('each use ends a statement at the server first, and waits for no lock longer', () => {
  for (const limits of Object.values(postgresLimits)) {
    expect(limits.statementMs).toBeLessThanOrEqual(limits.answerMs);
    expect(limits.lockMs).toBeLessThan(limits.statementMs);
  }
  expect(postgresLimits.request.answerMs).toBeLessThan(2_000);
});
