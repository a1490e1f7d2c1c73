import { describe, expect, test } from '@jest/globals';
import type { Urgency } from '@keycourier/journey/ports/pace';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve } from '../testing/http-server.ts';
import { ada, oktaOn } from '../testing/okta-answers.ts';
import { anyCaller, createRateLimits, type Caller } from './rate-limits.ts';

const minute = 60_000;
const start = Date.parse('2026-11-28T10:00:00Z');

/** An org that allows 600 calls a minute, and what is sent to it by calls of one urgency. */
function anOrg({ share = 0.5, limit = 600 } = {}) {
  const clock = { nowMs: start };
  const limits = createRateLimits(() => clock.nowMs);
  let used = 0;
  let windowEndsAtMs = start + minute;
  const path = '/api/v1/users/00u1ada2';
  const call = (urgency: Urgency): boolean => {
    let learn: ReturnType<typeof limits.check>;
    try {
      learn = limits.check({ tenant: 'acme', share }, path, { ...anyCaller, urgency });
    } catch {
      return false;
    }
    if (clock.nowMs >= windowEndsAtMs) [used, windowEndsAtMs] = [0, clock.nowMs + minute];
    used += 1;
    const headers = {
      date: new Date(clock.nowMs).toUTCString(),
      'x-rate-limit-limit': String(limit),
      'x-rate-limit-remaining': String(Math.max(limit - used, 0)),
      'x-rate-limit-reset': String(windowEndsAtMs / 1_000),
    };
    learn({ headers });
    return true;
  };
  return {
    clock,
    limits,
    sentOf: (urgency: Urgency, calls: number): number =>
      Array.from({ length: calls }, () => call(urgency)).filter(Boolean).length,
    othersUse: (calls: number): void => {
      used += calls;
    },
  };
}

describe("an org's rate limit", () => {
  test('is used by half for a dry run of 3,000 rows; the rest is left to the other callers of the org', async () => {
    expect(anOrg().sentOf('patient', 3_000)).toBe(300);
  });

  test.each<[Urgency, number, number]>([
    ['patient', 0.5, 300],
    ['normal', 0.5, 450],
    ['urgent', 0.5, 540],
    ['patient', 0.1, 60],
    ['urgent', 0.1, 492],
    ['patient', 1, 600],
  ])('lets %s calls use it to their share (of %d): %d', async (urgency, share, sent) => {
    expect(anOrg({ share }).sentOf(urgency, 3_000)).toBe(sent);
  });

  test('lets urgent calls through when patient ones have used theirs', async () => {
    const { sentOf } = anOrg();
    sentOf('patient', 3_000);
    expect(sentOf('urgent', 100)).toBe(100);
    expect(sentOf('patient', 10)).toBe(0);
  });

  test('counts what the other callers use, who keep their share of it', async () => {
    const { sentOf, othersUse } = anOrg();
    sentOf('patient', 1);
    othersUse(250);
    expect(sentOf('patient', 3_000)).toBe(49);
  });

  test('is used again when it begins anew', async () => {
    const { sentOf, clock } = anOrg();
    sentOf('patient', 3_000);
    clock.nowMs += 59_000;
    expect(sentOf('patient', 10)).toBe(0);
    clock.nowMs += 3_000;
    expect(sentOf('patient', 3_000)).toBe(300);
  });

  test('is that of its kind of path, with any ids and queries, and of its tenant', async () => {
    const { sentOf, limits } = anOrg();
    sentOf('patient', 3_000);
    const refuses = (tenant: string, path: string): boolean => {
      try {
        limits.check({ tenant, share: 0.5 }, path, { ...anyCaller, urgency: 'patient' });
        return false;
      } catch {
        return true;
      }
    };
    for (const path of ['/api/v1/users/grace@acme.example', '/api/v1/users/00u9?expand=x', '/api/v1/users/me2'])
      expect(refuses('acme', path)).toBe(true);
    for (const path of ['/api/v1/groups/00g1', '/api/v1/users/00u1/groups', '/api/v1/users'])
      expect(refuses('acme', path)).toBe(false);
    expect(refuses('globex', '/api/v1/users/00u1')).toBe(false);
  });

  test.each([
    {},
    { 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '1' },
    { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '0' },
    { 'x-rate-limit-limit': '600, 100', 'x-rate-limit-remaining': '0, 0', 'x-rate-limit-reset': '9999999999' },
    { 'x-rate-limit-limit': 'many', 'x-rate-limit-remaining': 'few', 'x-rate-limit-reset': 'soon' },
  ])('is not read from headers that do not tell it: %j', (headers) => {
    const limits = createRateLimits(() => start);
    limits.check({ tenant: 'acme', share: 0.5 }, '/api/v1/users')({ headers });
    expect(() => limits.check({ tenant: 'acme', share: 0.5 }, '/api/v1/users')).not.toThrow();
  });

  test('never keeps a call back for longer than an hour, and is relative to the clock of the org', () => {
    const limits = createRateLimits(() => start);
    const learn = limits.check({ tenant: 'acme', share: 0.5 }, '/api/v1/users');
    const waitAfter = (headers: Record<string, string>): number => {
      learn({
        headers: { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '10', ...headers },
      });
      try {
        limits.check({ tenant: 'acme', share: 0.5 }, '/api/v1/users');
        return 0;
      } catch (error) {
        return error instanceof Error && 'retryAfterMs' in error ? Number(error.retryAfterMs) : -1;
      }
    };
    const ahead = start + 3 * minute;
    const own = waitAfter({ date: new Date(ahead).toUTCString(), 'x-rate-limit-reset': String(ahead / 1_000 + 20) });
    expect(own).toBeGreaterThanOrEqual(21_000);
    expect(own).toBeLessThanOrEqual(23_000);
    expect(waitAfter({ 'x-rate-limit-reset': '9999999999' })).toBeLessThanOrEqual(3_602_000);
  });
});

test('a call that would use the share of others is not sent, and says when to retry; those that are sent are counted', async () => {
  const reset = String(Math.ceil(Date.now() / 1_000) + 300);
  const headers = { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '200', 'x-rate-limit-reset': reset };
  const server = await serve(json(200, ada, headers));
  const caller: Caller = { urgency: 'patient', onCall: ({ limit }) => counted.push(limit) };
  const counted: string[] = [];
  const okta = oktaOn(server, {}, caller);
  await okta.readUser('acme', '00uAda');
  const fault = await faultOf(okta.readUser('acme', '00uAda'));
  expect(fault).toMatchObject({ fault: 'rate_limited', service: 'okta' });
  expect(fault.retryAfterMs).toBeGreaterThan(20_000);
  expect(server.seen).toHaveLength(1);
  caller.urgency = 'urgent';
  await okta.readUser('acme', '00uAda');
  expect(server.seen).toHaveLength(2);
  expect(counted).toEqual(['/api/v1/users', '/api/v1/users']);
  await server.close();
});
