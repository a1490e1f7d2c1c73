import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import type { PoolClient } from 'pg';

import { createPostgresPool } from './postgres.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

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
  expect(errors).not.toEqual([]);
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
