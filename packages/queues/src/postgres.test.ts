import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';
import type { PoolClient } from 'pg';

import { connectBackend } from './backend.ts';
import { createPostgresPool } from './postgres.ts';

let database: TemporaryDatabase;
beforeEach(async () => {
  database = await temporaryDatabase();
});
afterEach(() => database.drop());

const createPool = (errors: Error[]) =>
  createPostgresPool({
    databaseUrl: database.url,
    use: 'job',
    maxConnections: 2,
    onError: (error) => void errors.push(error),
  });

const processIdOf = async (client: PoolClient): Promise<unknown> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

test('a connection that the server ends between two queries is reported, and the pool connects again', async () => {
  const errors: Error[] = [];
  const [pool, other] = [createPool(errors), createPool([])];
  const client = await pool.connect();
  const pid = await processIdOf(client);
  await other.query('select pg_terminate_backend($1, 5000)', [pid]);
  await expect(processIdOf(client)).rejects.toThrow();
  // The connection may report its end after that of its query.
  await until(
    () => errors.length,
    (reported) => reported > 0,
  );
  client.release(true);
  const next = await pool.connect();
  expect(await processIdOf(next)).not.toBe(pid);
  next.release();
  await Promise.all([pool.end(), other.end()]);
});

test('an idle connection that the server ends is reported once', async () => {
  const errors: Error[] = [];
  const [pool, other] = [createPool(errors), createPool([])];
  const client = await pool.connect();
  const pid = await processIdOf(client);
  client.release();
  const removed = new Promise((resolve) => pool.once('remove', resolve));
  await other.query('select pg_terminate_backend($1, 5000)', [pid]);
  await removed;
  expect(errors).toHaveLength(1);
  await Promise.all([pool.end(), other.end()]);
});

test('jobs that complete do not read those that completed before them', async () => {
  // A look for stalled jobs reads all, at the start and every five seconds.
  const mayBeStalled = async (): Promise<boolean> => false;
  const store = { redisUrl: undefined, databaseUrl: database.url, mayBeStalled };
  const backend = await connectBackend(store, () => undefined);
  const other = createPool([]);
  const read = async (text: string): Promise<number> =>
    Number((await other.query<{ number: string }>(`select ${text} as number`)).rows[0]?.number);
  await other.query(`
    insert into job (queue, id, seq, name, state, added_at_ms, finished_at_ms)
    select 'intake', 'before.' || n, n, 'accept-event', 'completed', now_ms, now_ms
    from generate_series(1, 2000) as n, (select extract(epoch from now()) * 1000 as now_ms)`);
  const queue = backend.queue('intake');
  const worker = backend.worker('intake', 1, async () => 'done');
  const data = { subjectId: 'evt_1', dispatchId: null };
  for (const id of ['one', 'two', 'three']) {
    await queue.add([{ name: 'accept-event', id, data, priority: 0 }]);
    await until(
      () => queue.stateOf(id),
      (state) => state === 'completed',
    );
  }
  await worker.close();
  await Promise.all([queue.close(), backend.close()]);
  await until(
    () =>
      read(`(select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid())`),
    (connections) => connections === 0,
  );
  const rowsRead = await read(`(select seq_tup_read + idx_tup_fetch from pg_stat_all_tables where relname = 'job')`);
  expect(rowsRead).toBeGreaterThan(0);
  expect(rowsRead).toBeLessThan(2_000);
  await other.end();
});
