import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { until } from '@keycourier/runtime/testing/until';
import type { PoolClient } from 'pg';

import { connectDatabase } from './database.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

const processIdOf = async (client: PoolClient): Promise<unknown> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

test('a connection that the server closes between two queries is reported, and the console continues', async () => {
  const errors: Error[] = [];
  const console = connectDatabase(database.url, (error) => void errors.push(error), patientLimits);
  const client = await console.pool.connect();
  const pid = await processIdOf(client);
  await console.pool.query('select pg_terminate_backend($1, 5000)', [pid]);
  await expect(processIdOf(client)).rejects.toThrow();
  // The end of the connection is reported after that of the query.
  await until(
    () => errors.length,
    (count) => count > 0,
  );
  client.release(true);
  await expect(console.prepare()).resolves.toBeUndefined();
  await console.close();
});
