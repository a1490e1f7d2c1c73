import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { freePort } from '@keycourier/runtime/testing/free-port';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll, closeAtEnd } from './testing/close-all.ts';
import { query } from './testing/query.ts';
import { ada, startTestConsole } from './testing/running-console.ts';
import { connectSampleLedger } from './testing/sample-ledger.ts';
import { sampleQueuesOnPostgres } from './testing/sample-queues.ts';
import { TestClient } from './testing/test-client.ts';

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await temporaryDatabase();
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const statusOf = async (client: TestClient, path: string): Promise<number> => (await client.request(path)).status;

describe('the queues on Postgres', () => {
  test('become available once the worker has created them, without a restart', async () => {
    const running = await startTestConsole({ databaseUrl: database.url });
    const client = new TestClient(running.url);
    await client.signIn(ada);

    const page = await client.request('/queues');
    expect([page.status, await page.text()]).toEqual([
      503,
      expect.stringContaining('The queues are not available yet'),
    ]);
    const api = await client.request('/queues/api/queues');
    expect([api.status, await api.json()]).toEqual([
      503,
      expect.objectContaining({ message: expect.stringContaining('not available yet') }),
    ]);
    expect(await (await client.request('/readyz')).json()).toEqual({
      status: 'not ready',
      failing: ['database', 'queues'],
    });
    expect(await (await client.request('/t/acme')).text()).toContain('The ledger has no tables yet');

    await connectSampleLedger(database.url);
    await sampleQueuesOnPostgres(database.url);
    for (const path of ['/readyz', '/queues', '/queues/api/queues'])
      await until(
        () => statusOf(client, path),
        (status) => status === 200,
      );
  });

  test('are available again after every connection was closed', async () => {
    await sampleQueuesOnPostgres(database.url);
    const running = await startTestConsole({ databaseUrl: database.url });
    const client = new TestClient(running.url);
    await client.signIn(ada);
    expect(await statusOf(client, '/queues/api/queues')).toBe(200);
    const closed = await query(
      database.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    expect(closed.rowCount).toBeGreaterThan(1);
    await until(
      () => statusOf(client, '/queues/api/queues'),
      (status) => status === 200,
    );
  });

  test('are never migrated by the console', async () => {
    const fresh = await temporaryDatabase();
    const running = await startTestConsole({ databaseUrl: fresh.url });
    const client = new TestClient(running.url);
    await client.signIn(ada);
    await client.request('/queues');
    const { rows } = await query(fresh.url, `select nspname from pg_namespace where nspname in ('bullmq', 'console')`);
    expect(rows).toEqual([{ nspname: 'console' }]);
    await fresh.drop();
  });
});

if (redisProgram === null)
  test.skip('the queues on Redis: there is no redis-server and no valkey-server on PATH', () => undefined);
else {
  const program = redisProgram;
  test('the queues on Redis answer 503 while Redis is down, and recover with it', async () => {
    const port = await freePort();
    const running = await startTestConsole({ databaseUrl: database.url, redisUrl: `redis://127.0.0.1:${port}` });
    const client = new TestClient(running.url);
    await client.signIn(ada);
    const untilStatus = (path: string, isMet: (status: number) => boolean) =>
      until(() => statusOf(client, path), isMet);

    expect(await statusOf(client, '/queues')).toBe(503);
    const server = await startRedisServer(program, { port });
    closeAtEnd(server.stop);
    await untilStatus('/queues/api/queues', (status) => status === 200);
    await server.stop();
    await untilStatus('/queues/api/queues', (status) => status >= 500);
    await untilStatus('/t/acme', (status) => status === 200);
    await server.start();
    await untilStatus('/queues/api/queues', (status) => status === 200);
  });
}
