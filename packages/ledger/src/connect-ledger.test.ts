import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { connectLedger, type Ledger } from './connect-ledger.ts';
import { createSealing, generateKeyring, parseKeyring } from './sealing.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from './testing/connect-test-ledger.ts';

let opened: TestLedger;
let bystander: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger();
  bystander = opened.ledger;
});
afterAll(closeTestLedgers);

const processIdOf = async (db: Ledger['db']): Promise<number> =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid ?? 0;
const terminate = (pid: number) => sql`select pg_terminate_backend(${pid}, 120000)`.execute(bystander.db);

describe('a connection that the server ends', () => {
  test('while it idles is reported, and replaced at the next query', async () => {
    const reported: Error[] = [];
    const ledger = opened.openAnother({ maxConnections: 1, onPoolError: (error) => void reported.push(error) });
    const pid = await processIdOf(ledger.db);
    await terminate(pid);
    await until(
      () => reported.length,
      (reports) => reports > 0,
    );
    expect(await processIdOf(ledger.db)).not.toBe(pid);
    expect(reported).toEqual([expect.objectContaining({ message: expect.stringMatching(/terminat/) })]);
  });

  test('between two queries of a transaction fails the transaction, and nothing else', async () => {
    const reported: Error[] = [];
    const ledger = opened.openAnother({ maxConnections: 1, onPoolError: (error) => void reported.push(error) });
    const failing = ledger.db.transaction().execute(async (tx) => {
      await terminate(await processIdOf(tx));
      await processIdOf(tx);
    });
    await expect(failing).rejects.toThrow();
    await until(
      () => reported.length,
      (count) => count > 0,
    );
    expect(await processIdOf(ledger.db)).toBeGreaterThan(0);
  });
});

test('a database that is away is an error of the query, and of nothing before', async () => {
  const ledger = connectLedger({
    databaseUrl: 'postgres://none@127.0.0.1:1/none',
    sealing: createSealing(parseKeyring(generateKeyring())),
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  ledger.notifier.notify();
  await expect(processIdOf(ledger.db)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await ledger.close();
});

test('an idle transaction unlocks its rows after half a minute', async () => {
  const { idleInTransactionMs: _, ...limits } = patientLimits;
  const { db } = opened.openAnother({ use: 'job', limits });
  const { rows } = await sql<{ ms: string }>`
    select setting as ms from pg_settings where name = 'idle_in_transaction_session_timeout'`.execute(db);
  expect(Number(rows[0]?.ms)).toBe(30_000);
});

describe('statements together', () => {
  const isPrepared = (sign: number) => sql<{ sign: number }>`/* prepared */ select ${sign}::int as sign`;

  test('have the rows of each, again and again on one connection, beside the same ones alone', async () => {
    const ledger = opened.openAnother({ maxConnections: 1 });
    for (const sign of [1, 2]) {
      const rows = await ledger.together([isPrepared(sign), sql`select 'x' as a union all select null`, isPrepared(3)]);
      expect(rows).toEqual([[{ sign }], [{ a: 'x' }, { a: null }], [{ sign: 3 }]]);
      expect((await isPrepared(sign).execute(ledger.db)).rows).toEqual([{ sign }]);
    }
    expect(await ledger.together([isPrepared(4)])).toEqual([[{ sign: 4 }]]);
  });

  test('leave nothing where one of them fails, and the next are new', async () => {
    const ledger = opened.openAnother({ maxConnections: 1 });
    const kept = sql`insert into api_keys (id, tenant, name, hash, scopes)
      values ('key_together', 'acme', 'x', '\\x01', '{}') returning id`;
    await expect(
      ledger.together([kept, isPrepared(1), sql`select 1 / 0 as none`, isPrepared(2)]),
    ).rejects.toMatchObject({
      code: '22012',
    });
    expect(await ledger.db.selectFrom('api_keys').select('id').where('id', '=', 'key_together').execute()).toEqual([]);
    expect(await ledger.together([kept, isPrepared(2)])).toEqual([[{ id: 'key_together' }], [{ sign: 2 }]]);
    expect(await ledger.db.selectFrom('api_keys').select('id').where('id', '=', 'key_together').execute()).toHaveLength(
      1,
    );
  });

  test('fail when the server does not answer in time, with their connection', async () => {
    // The server would end it later, which is an answer.
    const ledger = opened.openAnother({ maxConnections: 1, limits: { ...patientLimits, answerMs: 1_500 } });
    // This may take longer, too, on a busy machine.
    const readProcessId = () =>
      until(
        () => processIdOf(ledger.db).catch(() => 0),
        (pid) => pid > 0,
      );
    const pid = await readProcessId();
    await expect(ledger.together([sql`select pg_sleep(240)::text as none`])).rejects.toThrow('Query read timeout');
    expect(await readProcessId()).not.toBe(pid);
  });
});
