import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg({ tokens: ['test-token', 'second-token'] });
});

afterAll(() => org.close());

describe('a token', () => {
  test.each(['SSWS wrong', 'Bearer test-token', 'SSWS ', ''])('such as %j is refused', async (Authorization) => {
    expect(await org.call('GET', '/api/v1/users', undefined, { Authorization })).toMatchObject({
      status: 401,
      body: { errorCode: 'E0000011', errorSummary: 'Invalid token provided', errorLink: 'E0000011', errorCauses: [] },
    });
  });

  test('may be any of the configured ones', async () => {
    const reply = await org.call('GET', '/api/v1/users', undefined, { Authorization: 'SSWS second-token' });
    expect(reply.status).toBe(200);
  });

  test('is not needed for probes and discovery', async () => {
    const none = { Authorization: '' };
    expect((await org.call('GET', '/healthz', undefined, none)).status).toBe(200);
    await until(
      () => org.call('GET', '/readyz', undefined, none),
      ({ status }) => status === 200,
    );
    const discovery = await org.call('GET', '/.well-known/openid-configuration', undefined, none);
    expect(discovery.body).toMatchObject({ issuer: 'https://acme.okta.example' });
  });
});

describe('an answer', () => {
  test('has headers with the rate limit and a request id', async () => {
    const { headers } = await org.call('GET', '/api/v1/groups');
    expect(headers.get('x-rate-limit-limit')).toBe('600');
    expect(Number(headers.get('x-rate-limit-remaining'))).toBeLessThan(600);
    const resetInSeconds = Number(headers.get('x-rate-limit-reset')) - Date.now() / 1_000;
    expect(resetInSeconds).toBeGreaterThan(0);
    expect(resetInSeconds).toBeLessThan(62);
    expect(headers.get('x-okta-request-id')).toMatch(/^\w{27}$/);
  });

  test('to an unknown path, or to a body that is not JSON, is an Okta error', async () => {
    expect(await org.call('GET', '/api/v1/nothing')).toMatchObject({ status: 405, body: { errorCode: 'E0000022' } });
    const broken = await fetch(new URL('/api/v1/users', org.url), {
      method: 'POST',
      headers: { Authorization: 'SSWS test-token', 'Content-Type': 'application/json' },
      body: '{"profile":',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ errorCode: 'E0000003' });
    expect(await org.call('POST', '/api/v1/users', [])).toMatchObject({ status: 400, body: { errorCode: 'E0000003' } });
  });
});

describe('a fault', () => {
  test('answers with Okta’s error body, as many times as configured', async () => {
    await org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/users' }, respond: { status: 503 }, times: 1 }]);
    expect(await org.call('GET', '/api/v1/users')).toMatchObject({ status: 503, body: { errorCode: 'E0000009' } });
    expect((await org.call('GET', '/api/v1/users')).status).toBe(200);
  });

  test('of 429 looks like a limit on concurrency: limit and remaining are 0, and the reset is an estimate', async () => {
    await org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1' }, respond: { status: 429 }, times: 1 }]);
    const { body, headers } = await org.call('GET', '/api/v1/users');
    expect(body).toMatchObject({ errorCode: 'E0000047' });
    expect([headers.get('x-rate-limit-limit'), headers.get('x-rate-limit-remaining')]).toEqual(['0', '0']);
    expect(Number(headers.get('x-rate-limit-reset'))).toBeLessThan(Date.now() / 1_000 + 3);
  });
});

describe('the rate limit', () => {
  test('has one bucket for each group of paths, and can be changed', async () => {
    await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await org.call('GET', `/api/v1/users/00u${call}`)).status);
    expect(statuses).toEqual([404, 404, 429]);
    const refused = await org.call('GET', '/api/v1/users');
    expect(refused).toMatchObject({ status: 429, body: { errorCode: 'E0000047' } });
    expect(refused.headers.get('x-rate-limit-remaining')).toBe('0');
    expect((await org.call('GET', '/api/v1/groups')).status).toBe(200);
    await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 600 });
    expect((await org.call('GET', '/api/v1/users')).status).toBe(200);
  });

  test('has windows of a minute, or of as many seconds as a control says', async () => {
    expect(await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 1, windowMs: 1_000 })).toMatchObject({
      status: 200,
      body: { limitPerMinute: 1, windowMs: 1_000 },
    });
    const first = await org.call('GET', '/api/v1/users');
    const resetsInSeconds = Number(first.headers.get('x-rate-limit-reset')) - Date.now() / 1_000;
    expect(resetsInSeconds).toBeLessThan(2);
    const isServed = async (): Promise<boolean> => (await org.call('GET', '/api/v1/users')).status === 200;
    expect(await until(isServed, (served) => !served)).toBe(false);
    expect(await until(isServed, (served) => served)).toBe(true);
    await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 600, windowMs: 60_000 });
    const { headers } = await org.call('GET', '/api/v1/users');
    expect(Number(headers.get('x-rate-limit-reset')) - Date.now() / 1_000).toBeGreaterThan(2);
  });

  test('refuses an invalid limit', async () => {
    for (const windowMs of [0, 999, 1_500, 61_000])
      expect((await org.call('PUT', '/sim/rate-limit', { windowMs })).status).toBe(400);
    expect((await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 0 })).status).toBe(400);
    expect((await org.call('PUT', '/sim/hooks', { timeout: 1 })).status).toBe(400);
  });
});
