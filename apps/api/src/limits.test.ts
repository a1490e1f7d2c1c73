import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKey, revokeApiKey } from '@keycourier/ledger/api-keys/api-keys';

import { runApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;
/** The list of accepted keys ages only when a test sets it. */
const keyList = { nowMs: 0 };
beforeAll(async () => {
  api = await runApi({
    limits: { requestsPerMinute: 3, failuresPerMinute: 2 },
    trustedProxies: ['loopback'],
    keyListNowMs: () => keyList.nowMs,
  });
});
afterAll(() => api.stop());

const others: RunningApi[] = [];
afterEach(async () => {
  await Promise.all(others.splice(0).map((other) => other.stop()));
});

async function another(...options: Parameters<typeof runApi>): Promise<RunningApi> {
  const other = await runApi(...options);
  others.push(other);
  return other;
}

const flowsWith = (key: string | null, address = '192.0.2.1', at = api) =>
  at.call('GET', '/v1/flows', { key, headers: { 'x-forwarded-for': address } });

const keyWith = (requestsPerMinute: number) =>
  createApiKey(api.ledger, { tenant: 'globex', name: 'own', scopes: ['read'], requestsPerMinute });

describe('an API key', () => {
  test('gets its remaining quota, and above the limit the time to wait', async () => {
    const { key } = await api.keyFor('globex');
    for (const left of [2, 1, 0]) {
      const { status, headers } = await flowsWith(key);
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"key";r=${left};t=(?:[1-9]|[1-5]\\d|60)$`));
      expect(headers.get('retry-after')).toBeNull();
    }
    const refused = await flowsWith(key);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'too_many_requests', detail: expect.stringMatching(/3 requests a minute/) },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit')).toMatch(/r=0/);
  });

  test('has no effect above its limit', async () => {
    const { key } = await api.keyFor('globex');
    for (const index of [1, 2, 3, 4])
      await api.call('POST', '/v1/shipments', { key, body: { login: `limited-${index}@globex.example` } });
    expect(await api.ledger.db.selectFrom('shipments').select('id').execute()).toHaveLength(3);
  });

  test('has a separate quota, and may have its own limit', async () => {
    const { key } = await api.keyFor('globex');
    await Promise.all([1, 2, 3, 4].map(() => flowsWith(key)));
    expect(await flowsWith(key)).toMatchObject({ status: 429 });
    const own = await keyWith(5);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => flowsWith(own.key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  test('spends its quota on requests without the scope too', async () => {
    const { key } = await api.keyFor('globex', ['operator']);
    for (const status of [403, 403, 403, 429]) expect(await flowsWith(key)).toMatchObject({ status });
  });
});

describe('the keys of a tenant', () => {
  const limits = { requestsPerMinute: 3, tenantRequestsPerMinute: 5, failuresPerMinute: 2 };
  const keyOf = (at: RunningApi, tenant: string, requestsPerMinute?: number) =>
    createApiKey(at.ledger, {
      tenant,
      name: 'one of many',
      scopes: ['read'],
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    });

  test('have a limit together, which the answer names, and other tenants have their own', async () => {
    const other = await another({ limits });
    const keys = [await keyOf(other, 'globex'), await keyOf(other, 'globex'), await keyOf(other, 'globex')];
    const statuses: number[] = [];
    for (const { key } of [...keys, ...keys]) statuses.push((await flowsWith(key, undefined, other)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    for (const { key } of keys) {
      const refused = await flowsWith(key, undefined, other);
      expect(refused).toMatchObject({ status: 429, body: { detail: expect.stringMatching(/tenant .*5 requests/) } });
      expect(refused.headers.get('ratelimit-policy')).toBe('"tenant";q=5;w=60');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await flowsWith((await keyOf(other, 'acme')).key, undefined, other)).toMatchObject({ status: 200 });
  });

  test('do not spend it on what exceeds their own, and one with a higher limit may use that', async () => {
    const other = await another({ limits });
    const [small, large] = [await keyOf(other, 'globex'), await keyOf(other, 'globex', 8)];
    for (const status of [200, 200, 200, 429, 429, 429])
      expect(await flowsWith(small.key, undefined, other)).toMatchObject({ status });
    for (const status of [200, 200, 200, 200, 200, 429])
      expect(await flowsWith(large.key, undefined, other)).toMatchObject({ status });
  });
});

describe('an address without a valid key', () => {
  test('is limited, with any invalid key or none', async () => {
    const address = '192.0.2.10';
    const sent = [
      ['kc_one', 401],
      [null, 401],
      ['kc_two', 429],
      [null, 429],
    ] as const;
    for (const [key, status] of sent) expect(await flowsWith(key, address)).toMatchObject({ status });
    const refused = await flowsWith('kc_five', address);
    expect(refused).toMatchObject({ status: 429, body: { detail: expect.stringMatching(/without a valid API key/) } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(refused.headers.get('ratelimit-policy')).toBe('"address";q=2;w=60');
    expect(await flowsWith('kc_five', '192.0.2.11')).toMatchObject({ status: 401 });
  });

  test('does not block recently used keys, which do not spend its quota', async () => {
    const address = '192.0.2.20';
    const { id, key } = await keyWith(100);
    for (const _ of [1, 2, 3, 4]) expect(await flowsWith(key, address)).toMatchObject({ status: 200 });
    for (const status of [401, 401, 429]) expect(await flowsWith('kc_unknown', address)).toMatchObject({ status });
    expect(await flowsWith(key, address)).toMatchObject({ status: 200 });
    await revokeApiKey(api.ledger, { tenant: 'globex', id });
    for (const status of [401, 429]) expect(await flowsWith(key, address)).toMatchObject({ status });
  });

  test('does not block a valid key that was never used before, at its own address or another', async () => {
    const address = '192.0.2.21';
    await Promise.all(Array.from({ length: 40 }, () => flowsWith('kc_unknown', address)));
    for (const from of [address, '192.0.2.22']) {
      const { key } = await keyWith(100);
      expect(await flowsWith(key, from)).toMatchObject({ status: from === address ? 429 : 200 });
      if (from !== address) continue;
      keyList.nowMs += 5_000;
      expect(await flowsWith(key, from)).toMatchObject({ status: 200 });
    }
    const fresh = await another({
      limits: { requestsPerMinute: 3, failuresPerMinute: 2 },
      trustedProxies: ['loopback'],
    });
    const { key } = await createApiKey(fresh.ledger, { tenant: 'globex', name: 'nightly', scopes: ['read'] });
    await Promise.all(Array.from({ length: 40 }, () => flowsWith('kc_unknown', address, fresh)));
    expect(await flowsWith(key, address, fresh)).toMatchObject({ status: 200 });
  });

  test('is limited in a burst too, however many addresses of its /64 network it uses', async () => {
    const burst = Array.from({ length: 30 }, (_, index) => flowsWith('kc_unknown', `2001:db8:1:2::${index + 1}`));
    const answers = await Promise.all(burst);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(2);
    expect(await flowsWith('kc_unknown', '2001:db8:1:3::1')).toMatchObject({ status: 401 });
  });

  test('is limited with all other addresses together, and a valid key passes even then', async () => {
    const sprayed = await another({
      limits: { requestsPerMinute: 3, failuresPerMinute: 1 },
      trustedProxies: ['loopback'],
    });
    const { key } = await createApiKey(sprayed.ledger, { tenant: 'globex', name: 'nightly', scopes: ['read'] });
    const spray = Array.from({ length: 80 }, (_, index) => flowsWith('kc_unknown', `198.51.100.${index}`, sprayed));
    const answers = await Promise.all(spray);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(50);
    expect(await flowsWith(key, '198.51.100.200', sprayed)).toMatchObject({ status: 200 });
  });

  test('is not charged for the first concurrent requests of a valid key', async () => {
    const { key } = await keyWith(100);
    const answers = await Promise.all(Array.from({ length: 20 }, () => flowsWith(key, '192.0.2.30')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('is not taken from the header of an untrusted proxy', async () => {
    const direct = await another({ limits: { requestsPerMinute: 3, failuresPerMinute: 2 } });
    for (const [index, status] of [401, 401, 429].entries())
      expect(await flowsWith(null, `192.0.2.${index}`, direct)).toMatchObject({ status });
  });
});

describe('a key that the local stack generated', () => {
  const localKey = `kc_local_${'x'.repeat(43)}`;
  const storeKey = (at: RunningApi) =>
    createApiKey(at.ledger, { tenant: 'globex', name: 'local', scopes: ['read'], key: localKey });

  test('is accepted in local', async () => {
    const local = await another({ mode: 'local' });
    await storeKey(local);
    expect(await flowsWith(localKey, '192.0.2.1', local)).toMatchObject({ status: 200 });
  });

  test.each(['simulators', 'production'] as const)('is unknown in %s, though the database has it', async (mode) => {
    const elsewhere = await another({ mode });
    expect(await storeKey(elsewhere)).toMatchObject({ id: expect.stringMatching(/^key_/) });
    const own = await flowsWith(localKey, '192.0.2.1', elsewhere);
    const unknown = await flowsWith('kc_unknown', '192.0.2.1', elsewhere);
    expect(own.status).toBe(401);
    expect({ ...own.body, requestId: null }).toEqual({ ...unknown.body, requestId: null });
  });
});
