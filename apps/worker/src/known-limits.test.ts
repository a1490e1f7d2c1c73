import { beforeEach, describe, expect, test } from '@jest/globals';
import { priorities } from '@keycourier/ledger/outbox/add-messages';
import type { TenantBudget } from '@keycourier/ledger/outbox/budgets';

import { createKnownLimits, type KnownLimits } from './known-limits.ts';

const minute = 60_000;
/** A window that does not end while a test runs. */
const window = 1_000 * minute;

const users = { tenant: 'acme', service: 'okta', rateLimit: '/api/v1/users' };
const preregistration = { ...users, rateLimit: '/webauthn-registration' };
const answer = { calls: 600, windowMs: window, remaining: 500, resetsInMs: window };
const none = { all: 0, batch: 0 };

const budgetOf = (key: typeof users, changed: Partial<TenantBudget> = {}): TenantBudget => ({
  ...key,
  ...answer,
  credit: 10_000,
  batchCredit: 10_000,
  creditedMsAgo: 0,
  ...changed,
});

let limits: KnownLimits;
beforeEach(() => {
  // Batches leave half of each limit, a tenth of which is scarce.
  limits = createKnownLimits(() => 0.5);
});

const calls = (limit: string, count: number): string[] => Array.from({ length: count }, () => limit);
const uncharged = (): unknown[] => limits.take().map(({ rateLimit, uncharged: open }) => [rateLimit, open]);

describe('an answer about a limit', () => {
  test('is worth recording when it is the first one, and then when the limit is a smaller one', () => {
    expect(limits.answered(users, answer)).toBe(true);
    expect(limits.answered(users, { ...answer, remaining: 499 })).toBe(false);
    expect(limits.answered(users, { ...answer, calls: 100 })).toBe(true);
    expect(limits.answered(users, answer)).toBe(false);
  });

  test('may name a larger limit once the window of the smaller one is over', () => {
    limits.answered(users, { ...answer, calls: 100, resetsInMs: -1 });
    expect(limits.answered(users, answer)).toBe(true);
  });

  test('is worth recording when few calls are left, each time that fewer are', () => {
    limits.answered(users, answer);
    const remain = (remaining: number) => limits.answered(users, { ...answer, remaining });
    expect([361, 360, 360, 359, 361].map(remain)).toEqual([false, true, false, true, false]);
  });

  test('of the next window is worth recording when few calls are left in it, though more than before', () => {
    limits.answered(users, { ...answer, remaining: 10, resetsInMs: minute });
    const next = { ...answer, remaining: 300 };
    expect(limits.answered(users, { ...next, resetsInMs: minute })).toBe(false);
    expect(limits.answered(users, { ...next, resetsInMs: 2 * minute })).toBe(true);
  });

  test('is compared with what another worker has recorded', () => {
    limits.read([budgetOf(users, { remaining: 300 })]);
    expect(limits.answered(users, { ...answer, remaining: 300 })).toBe(false);
    expect(limits.answered(users, { ...answer, remaining: 299 })).toBe(true);
  });

  test('is taken once, with the time that is left', () => {
    limits.answered(users, answer);
    const [taken, ...others] = limits.take();
    expect(taken).toMatchObject({ ...users, answer: { calls: 600, remaining: 500 }, uncharged: none });
    expect(taken?.answer?.resetsInMs).toBeLessThanOrEqual(window);
    expect(others).toEqual([]);
    expect(limits.take()).toEqual([]);
  });
});

describe('the calls of a job', () => {
  const job = { tenant: 'acme', step: 'check-profile', priority: priorities.request };
  const { rateLimit } = users;

  test('that are those it was charged for change nothing', () => {
    limits.read([budgetOf(users)]);
    expect(limits.ended(job, calls(rateLimit, 1))).toBe(false);
    expect(limits.take()).toEqual([]);
  });

  test('beyond them are worth recording together once they are more than a five-hundredth of the limit', () => {
    limits.read([budgetOf(users)]);
    expect(limits.ended(job, calls(rateLimit, 2))).toBe(false);
    expect(limits.ended(job, calls(rateLimit, 2))).toBe(true);
    expect(uncharged()).toEqual([[rateLimit, { all: 2, batch: 0 }]]);
    expect(uncharged()).toEqual([]);
  });

  test('that were not made free their budget again', () => {
    limits.read([budgetOf(users)]);
    expect([1, 2].map(() => limits.ended(job, []))).toEqual([false, true]);
    expect(uncharged()).toEqual([[rateLimit, { all: -2, batch: 0 }]]);
  });

  test('of a batch are charged to batches too', () => {
    limits.read([budgetOf(users)]);
    for (const priority of [priorities.batch, priorities.keyOfBatch, priorities.key])
      limits.ended({ ...job, priority }, calls(rateLimit, 3));
    expect(uncharged()).toEqual([[rateLimit, { all: 6, batch: 4 }]]);
  });

  test('count in the limits of their own tenant at Okta, each in its own', () => {
    const others = [{ ...users, tenant: 'globex' }, { ...users, service: 'hris' }, preregistration];
    limits.read([users, ...others].map((key) => budgetOf(key)));
    limits.ended(job, [...calls(rateLimit, 4), ...calls(preregistration.rateLimit, 2)]);
    expect(uncharged()).toEqual([
      [rateLimit, { all: 3, batch: 0 }],
      [preregistration.rateLimit, { all: 2, batch: 0 }],
    ]);
  });

  test('in a limit whose size is not known yet are not counted', () => {
    expect(limits.ended(job, calls(rateLimit, 10))).toBe(false);
    limits.answered(users, answer);
    expect(limits.ended(job, calls(rateLimit, 10))).toBe(false);
    expect(uncharged()).toEqual([[rateLimit, none]]);
  });

  test('that steps were started for without being charged are recorded', () => {
    limits.read([budgetOf(users)]);
    expect(limits.started([{ ...users, calls: { all: 1, batch: 1 } }])).toBe(false);
    expect(limits.started([{ ...users, calls: { all: 1, batch: 1 } }])).toBe(true);
    expect(uncharged()).toEqual([[rateLimit, { all: 2, batch: 2 }]]);
  });
});

describe('a step may follow at once', () => {
  const areAmple = (step = 'check-profile', tenant = 'acme') => limits.areAmple({ tenant, step });

  test('where nothing is known of the limits, or more than enough is left', () => {
    expect(areAmple()).toBe(true);
    limits.read([budgetOf(users)]);
    expect(areAmple()).toBe(true);
  });

  test('unless a limit that it waits for is used up', () => {
    limits.read([budgetOf(users, { remaining: 0 })]);
    expect([areAmple(), areAmple('enroll-credential'), areAmple('check-profile', 'globex')]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('unless a service that it may call refuses all calls for a time', () => {
    limits.read([budgetOf({ tenant: 'acme', service: 'fulfillment', rateLimit: '' }, { calls: 0, remaining: 0 })]);
    expect([areAmple('place-order'), areAmple('revoke-credential')]).toEqual([false, true]);
  });

  test('again once the window of a limit that was used up is over', () => {
    limits.read([budgetOf(users, { remaining: 0, resetsInMs: -1 })]);
    expect(areAmple()).toBe(true);
  });

  test('unless what is not recorded yet has used it up', () => {
    limits.read([budgetOf(users)]);
    limits.started([{ ...users, calls: { all: 600, batch: 0 } }]);
    expect(areAmple()).toBe(false);
    limits.take();
    expect(areAmple()).toBe(true);
  });
});
