import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { freePort, redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll, closeAtEnd } from './testing/close-all.ts';
import { query } from './testing/query.ts';
import { ada, startTestConsole } from './testing/running-console.ts';
import { openSampleLedger } from './testing/sample-ledger.ts';
import { sampleQueuesOnPostgres } from './testing/sample-queues.ts';
import { Visitor } from './testing/visitor.ts';

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await temporaryDatabase();
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const statusOf = async (visitor: Visitor, path: string): Promise<number> => (await visitor.ask(path)).status;

describe('the queues on Postgres', () => {
  test('are waited for until the worker has made them, without a restart', async () => {
    const served = await startTestConsole({ databaseUrl: database.url });
    const visitor = new Visitor(served.url);
    await visitor.signIn(ada);

    const page = await visitor.ask('/queues');
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('The queues are not there yet')]);
    const api = await visitor.ask('/queues/api/queues');
    expect([api.status, await api.json()]).toEqual([
      503,
      expect.objectContaining({ message: expect.stringContaining('not there yet') }),
    ]);
    expect(await (await visitor.ask('/readyz')).json()).toEqual({
      status: 'not ready',
      failing: ['database', 'queues'],
    });
    expect(await (await visitor.ask('/')).text()).toContain('The ledger has no tables yet');

    await openSampleLedger(database.url);
    await sampleQueuesOnPostgres(database.url);
    expect(await statusOf(visitor, '/readyz')).toBe(200);
    expect(await statusOf(visitor, '/queues')).toBe(200);
    expect(await statusOf(visitor, '/queues/api/queues')).toBe(200);
  });

  test('are there again after every connection was cut', async () => {
    await sampleQueuesOnPostgres(database.url);
    const served = await startTestConsole({ databaseUrl: database.url });
    const visitor = new Visitor(served.url);
    await visitor.signIn(ada);
    expect(await statusOf(visitor, '/queues/api/queues')).toBe(200);
    const cut = await query(
      database.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    expect(cut.rowCount).toBeGreaterThan(1);
    await until(
      () => statusOf(visitor, '/queues/api/queues'),
      (status) => status === 200,
    );
  });

  test('are never migrated by the console', async () => {
    const fresh = await temporaryDatabase();
    const served = await startTestConsole({ databaseUrl: fresh.url });
    const visitor = new Visitor(served.url);
    await visitor.signIn(ada);
    await visitor.ask('/queues');
    const { rows } = await query(fresh.url, `select nspname from pg_namespace where nspname in ('bullmq', 'console')`);
    expect(rows).toEqual([{ nspname: 'console' }]);
    await fresh.drop();
  });
});

if (redisProgram === null)
  test.skip('the queues on Redis: there is no redis-server and no valkey-server on PATH', () => undefined);
else {
  const program = redisProgram;
  test('the queues on Redis are refused at once while it is away, and are there again when it is', async () => {
    const port = await freePort();
    const served = await startTestConsole({ databaseUrl: database.url, redisUrl: `redis://127.0.0.1:${port}` });
    const visitor = new Visitor(served.url);
    await visitor.signIn(ada);
    const comesTo = (path: string, wanted: (status: number) => boolean) => until(() => statusOf(visitor, path), wanted);

    expect(await statusOf(visitor, '/queues')).toBe(503);
    const server = await startRedisServer(program, { port });
    closeAtEnd(server.stop);
    await comesTo('/queues/api/queues', (status) => status === 200);
    await server.stop();
    await comesTo('/queues/api/queues', (status) => status >= 500);
    expect(await statusOf(visitor, '/')).toBe(200);
    await server.start();
    await comesTo('/queues/api/queues', (status) => status === 200);
  });
}
