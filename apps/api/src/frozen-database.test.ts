import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { databaseProxy, type DatabaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { until } from '@keycourier/runtime/testing/until';

import { nfc, runApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;
let proxy: DatabaseProxy;
beforeAll(async () => {
  const via = async (databaseUrl: string): Promise<string> => {
    proxy = await databaseProxy(databaseUrl);
    return proxy.url;
  };
  api = await runApi({ use: 'request', via });
});
beforeEach(async () => {
  // The pool holds connections, as in a process that has answered requests.
  await Promise.all([1, 2, 3].map(() => api.call('GET', '/v1/shipments')));
});
afterEach(() => proxy.thaw());
afterAll(async () => {
  await api.stop();
  await proxy.close();
});

describe('while the database is frozen', () => {
  test.each<[string, string, unknown]>([
    ['GET', '/v1/shipments', undefined],
    ['GET', '/v1/shipments/shp_01kab3v6d2m8zq4w0xrt5y7n9c', undefined],
    ['GET', '/v1/flows', undefined],
    ['GET', '/v1/keys', undefined],
    ['GET', '/v1/batches/bat_01kab3v6d2m8zq4w0xrt5y7n9c/rows', undefined],
    ['POST', '/v1/shipments', { login: 'ada@example.com', ...nfc }],
    ['POST', '/v1/shipments/shp_01kab3v6d2m8zq4w0xrt5y7n9c/cancel', undefined],
    ['POST', '/v1/batches', { rows: [{ login: 'ada@example.com' }] }],
    ['POST', '/v1/keys', { name: 'ci', scopes: ['read'] }],
    ['PATCH', '/v1/flows/group-add', { enabled: false }],
  ])('%s %s is answered 503 with Retry-After, without an end of that', async (method, path, body) => {
    proxy.freeze();
    const answer = await api.call(method, path, { body });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('thirty requests at once are all answered, and the probe says that it is not ready', async () => {
    proxy.freeze();
    const paths = [...Array.from({ length: 30 }, () => '/v1/shipments'), '/readyz'];
    const answers = await Promise.all(paths.map((path) => api.call('GET', path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  });
});

test('after the thaw, requests are answered as before', async () => {
  proxy.freeze();
  await api.call('GET', '/v1/shipments');
  proxy.thaw();
  const order = { body: { login: 'grace@example.com', ...nfc }, headers: { 'idempotency-key': 'after-the-thaw' } };
  // The limits of a request are shorter than a busy machine may take: then it is sent again, as its answer says.
  const { status } = await until(
    () => api.call('POST', '/v1/shipments', order),
    (answer) => answer.status !== 503,
  );
  expect(status).toBe(202);
});
