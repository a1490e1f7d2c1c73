import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import type { PoolClient } from 'pg';

import { openQueuePool } from './pool.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

const openPool = (told: Error[]) =>
  openQueuePool({ databaseUrl: database.url, schema: 'bullmq', onError: (error) => void told.push(error) });

const processIdOf = async (client: PoolClient): Promise<unknown> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

test('a connection that the server ends between two queries of its user is told, and the pool goes on', async () => {
  const told: Error[] = [];
  const [pool, bystander] = [openPool(told), openPool([])];
  const client = await pool.connect();
  const pid = await processIdOf(client);
  await bystander.query('select pg_terminate_backend($1, 5000)', [pid]);
  await expect(processIdOf(client)).rejects.toThrow();
  expect(told).not.toEqual([]);
  client.release(true);
  const next = await pool.connect();
  expect(await processIdOf(next)).not.toBe(pid);
  next.release();
  await Promise.all([pool.end(), bystander.end()]);
});

test('a connection that the server ends while it idles is told once', async () => {
  const told: Error[] = [];
  const [pool, bystander] = [openPool(told), openPool([])];
  const client = await pool.connect();
  const pid = await processIdOf(client);
  client.release();
  const gone = new Promise((resolve) => pool.once('remove', resolve));
  await bystander.query('select pg_terminate_backend($1, 5000)', [pid]);
  await gone;
  expect(told).toHaveLength(1);
  await Promise.all([pool.end(), bystander.end()]);
});
