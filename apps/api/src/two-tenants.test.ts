import { request, type ClientRequest } from 'node:http';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { nfc, runApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;
let [acme, globex] = ['', ''];
beforeAll(async () => {
  api = await runApi({ shares: { connectionsPerTenant: 2, uploadsPerTenant: 3 } });
  [acme, globex] = [(await api.keyFor('acme')).key, (await api.keyFor('globex')).key];
});
afterAll(() => api.stop());

const slow: ClientRequest[] = [];
afterEach(() => {
  for (const sent of slow.splice(0)) sent.destroy();
});

/** Keeps a lock while `work` runs, so that what needs it waits with its connection. */
async function whileLocked(table: string, work: () => Promise<void>): Promise<void> {
  await api.ledger.db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(tx);
    await work();
  });
}

const waitingQueries = async (): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(api.ledger.db);
  return rows[0]?.count ?? 0;
};

const statusesOf = async (answers: readonly Promise<{ status: number }>[]): Promise<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('a tenant that floods', () => {
  test('requests whose answers wait keeps to its share of connections, is refused beyond, and others are answered', async () => {
    let flood: Promise<{ status: number }>[] = [];
    let refusals = 0;
    await whileLocked('batches', async () => {
      flood = Array.from({ length: 120 }, () =>
        api.call('GET', '/v1/batches/bat_01kab3v6d2m8zq4w0xrt5y7n9c', { key: acme }),
      );
      for (const one of flood) void one.then(({ status }) => (refusals += status === 429 ? 1 : 0));
      await until(waitingQueries, (count) => count === 2);
      // All have arrived: what neither has a connection nor waits for one is refused.
      await until(
        () => refusals,
        (count) => count === 120 - 2 - 64,
      );
      for (let time = 0; time < 10; time += 1) {
        expect(await api.call('GET', '/v1/shipments', { key: globex })).toMatchObject({ status: 200 });
        expect(await waitingQueries()).toBeLessThanOrEqual(2);
      }
    });
    expect(await statusesOf(flood)).toEqual({ 404: 2 + 64, 429: 120 - 2 - 64 });
  });

  test('uploads is refused at once beyond its number, with Retry-After, and others are taken', async () => {
    const openUpload = (key: string): Promise<number> =>
      new Promise((resolve) => {
        const sent = request(`${api.url}/v1/batches`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
        });
        slow.push(sent);
        sent.on('response', (answer) => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0));
        sent.write('login\n');
      });
    const open = Array.from({ length: 8 }, () => openUpload(acme));
    const files = () =>
      api.call('POST', '/v1/batches', { key: acme, body: { rows: [{ login: 'a@acme.example', ...nfc }] } });
    let refusals = 0;
    for (const one of open) void one.then((status) => (refusals += status === 429 ? 1 : 0));
    await until(
      () => refusals,
      (count) => count === 5,
    );
    const refused = await files();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const body = { rows: [{ login: 'uploads@globex.example' }] };
    expect(await api.call('POST', '/v1/batches', { key: globex, body })).toMatchObject({ status: 202 });
    for (const sent of slow) sent.destroy();
    await Promise.all(open);
    expect(refusals).toBe(5);
    await until(files, ({ status }) => status === 202);
  });

  test('one key is looked up once at a time', async () => {
    let flood: Promise<{ status: number }>[] = [];
    await whileLocked('api_keys', async () => {
      flood = Array.from({ length: 60 }, () => api.call('GET', '/v1/flows', { key: acme }));
      await until(waitingQueries, (count) => count === 1);
      for (let time = 0; time < 5; time += 1) expect(await waitingQueries()).toBeLessThanOrEqual(1);
    });
    expect(await statusesOf(flood)).toEqual({ 200: 60 });
  });
});

describe('while a batch of the tenant is written', () => {
  test('single requests of the tenant and of others are answered, without waiting for it', async () => {
    await api.ledger.db.transaction().execute(async (tx) => {
      await lockBatches(tx, 'acme');
      for (const login of ['one@acme.example', 'two@acme.example'])
        expect(await api.call('POST', '/v1/shipments', { key: acme, body: { login, ...nfc } })).toMatchObject({
          status: 202,
        });
      const body = { login: 'single@globex.example' };
      expect(await api.call('POST', '/v1/shipments', { key: globex, body })).toMatchObject({ status: 202 });
    });
  });
});
