import { describe, expect, test } from '@jest/globals';
import { callsOf } from '@keycourier/journey/steps/calls';

import { priorities } from './add-messages.ts';
import { admit, type DueMessage, type InFlight } from './admit.ts';
import { creditOf, isOfBatch, slotsOf, type Budget } from './pace.ts';

let made = 0;
function messages(count: number, step: string, priority: number): DueMessage[] {
  return Array.from({ length: count }, () => {
    made += 1;
    return { subjectId: `shp_${made}`, step, tenant: 'acme', dispatchId: String(made), priority };
  });
}

const { key, keyOfBatch, setup, event, request, batch, dryRun } = priorities;
const nothing = { inFlight: [], budgets: [], share: 0.5 };
const stepsOf = (admitted: readonly DueMessage[]): string[] => admitted.map(({ step }) => step);

describe('of the calls that a tenant may make at a service', () => {
  test.each<[string, number, number]>([
    ['a dry run', dryRun, 3],
    ['a batch', batch, 3],
    ['requests', request, 4],
    ['events', event, 4],
    ['users who set up a key now', setup, 8],
    ['keys of a batch', keyOfBatch, 6],
    ['keys', key, 8],
  ])('%s uses its part', (_what, priority, slots) => {
    const { admitted, heldBack } = admit({ ...nothing, due: messages(20, 'revoke-credential', priority) }, slotsOf);
    expect([admitted.length, heldBack]).toEqual([slots, priority]);
  });

  test('an event waits for none of them, and for no more than sixteen others', () => {
    const inFlight: InFlight[] = [
      { step: 'check-profile', priority: setup, messages: 8 },
      { step: 'accept-event', priority: event, messages: 6 },
    ];
    const due = [...messages(20, 'accept-event', event), ...messages(1, 'place-order', setup)];
    const { admitted, heldBack } = admit({ ...nothing, due, inFlight }, slotsOf);
    expect(stepsOf(admitted)).toEqual(Array.from({ length: 10 }, () => 'accept-event'));
    expect(heldBack).toBe(setup);
  });

  test('what is in flight uses its part, from any relay', () => {
    const inFlight: InFlight[] = [{ step: 'enroll-credential', priority: batch, messages: 2 }];
    const due = [...messages(5, 'check-profile', batch), ...messages(1, 'check-profile', setup)];
    expect(admit({ ...nothing, due, inFlight }, slotsOf).admitted.map(({ priority }) => priority)).toEqual([setup]);
  });

  test('a step counts at each service that it may call, and at no other', () => {
    const inFlight: InFlight[] = [{ step: 'place-order', priority: batch, messages: 3 }];
    const due = [...messages(1, 'check-profile', batch), ...messages(4, 'revoke-credential', batch)];
    expect(stepsOf(admit({ ...nothing, due, inFlight }, slotsOf).admitted)).toEqual(
      Array.from({ length: 3 }, () => 'revoke-credential'),
    );
  });
});

test('what is more urgent starts first, and of the same priority one of each step in turn', () => {
  const due = [
    ...messages(3, 'check-profile', batch),
    ...messages(3, 'enroll-credential', batch),
    ...messages(1, 'check-profile', event),
    ...messages(1, 'send-pin', key),
  ];
  const { admitted } = admit({ ...nothing, due }, () => 6);
  expect(admitted.map(({ step, priority }) => `${priority} ${step}`)).toEqual([
    `${key} send-pin`,
    `${event} check-profile`,
    `${batch} check-profile`,
    `${batch} enroll-credential`,
    `${batch} check-profile`,
    `${batch} enroll-credential`,
  ]);
});

const minute = 60_000;

/** An org with a limit of calls a minute for users, whose clock runs in steps; `share` of it is for batches. */
function anOrg({ calls = 600, share = 0.5 } = {}) {
  const calledAtMs: number[] = [];
  const ofBatches: number[] = [];
  let nowMs = 0;
  let windowEndsAtMs = minute;
  let used = 0;
  let budget: Budget & { tenant: string } = {
    tenant: 'acme',
    service: 'okta',
    rateLimit: '/api/v1/users',
    calls,
    windowMs: minute,
    remaining: calls,
    resetsInMs: minute,
    credit: 0,
    batchCredit: 0,
    creditedMsAgo: minute,
  };
  const call = (step: string, priority: number): void => {
    const count = callsOf(step).okta[0]?.calls ?? 0;
    used += count;
    for (let nth = 0; nth < count; nth += 1) (isOfBatch(priority) ? ofBatches : calledAtMs).push(nowMs);
  };
  /** What a relay does: admits, and charges what it has admitted. */
  const look = (due: readonly DueMessage[]): readonly DueMessage[] => {
    if (nowMs >= windowEndsAtMs) [used, windowEndsAtMs] = [0, windowEndsAtMs + minute];
    const current = { ...budget, remaining: calls - used, resetsInMs: windowEndsAtMs - nowMs };
    const { admitted } = admit({ due, inFlight: [], budgets: [current], share }, slotsOf);
    const credit = creditOf(current, share);
    for (const { step, priority } of admitted) {
      call(step, priority);
      const usual = callsOf(step).okta[0]?.calls ?? 0;
      credit.all -= usual;
      if (isOfBatch(priority)) credit.batch -= usual;
    }
    budget = { ...budget, credit: credit.all, batchCredit: credit.batch, creditedMsAgo: 0 };
    return admitted;
  };
  const pass = (ms: number): void => {
    nowMs += ms;
    budget = { ...budget, creditedMsAgo: budget.creditedMsAgo + ms };
  };
  return { look, pass, calledAtMs, ofBatches, others: (count: number) => void (used += count) };
}

/** The most calls in any minute; the times are in order. */
function peakOf(atMs: readonly number[]): number {
  let first = 0;
  return atMs.reduce((peak, ms, index) => {
    while ((atMs[first] ?? ms) <= ms - minute) first += 1;
    return Math.max(peak, index - first + 1);
  }, 0);
}

/** Looks every 20 ms for so long, with as much of a batch due as fits. */
function runBatch(org: ReturnType<typeof anOrg>, forMs: number, alsoDue: () => readonly DueMessage[] = () => []): void {
  for (let ms = 0; ms < forMs; ms += 20) {
    org.look([...alsoDue(), ...messages(10, 'check-profile', batch)]);
    org.pass(20);
  }
}

describe('a rate limit of Okta', () => {
  test.each([
    [600, 0.5],
    [1_000, 0.2],
    [100, 0.5],
    [10_000, 0.9],
    [60, 1],
  ])('of %d calls leaves a batch a share of %d: no minute has more, and none less than nine tenths', (calls, share) => {
    const org = anOrg({ calls, share });
    runBatch(org, 5 * minute);
    expect(peakOf(org.ofBatches)).toBeLessThanOrEqual(calls * share);
    expect(org.ofBatches.length / 5).toBeGreaterThanOrEqual(0.9 * calls * share);
  });

  test('grants evenly, so that a key on its way is never behind a whole window', () => {
    const org = anOrg();
    runBatch(org, 2 * minute);
    const gaps = org.ofBatches.slice(1).map((ms, index) => ms - (org.ofBatches[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(300);
  });

  test('lets a user who sets up a key now, and keys on their way, start at once while a batch uses its share', () => {
    const org = anOrg();
    runBatch(org, minute);
    const due = [...messages(1, 'check-profile', setup), ...messages(1, 'release-pin', key)];
    const admitted = org.look([...messages(10, 'check-profile', batch), ...due]).map(({ priority }) => priority);
    expect(admitted.slice(0, 2)).toEqual([key, setup]);
  });

  test('charges the keys of a batch that are on their way to the batch, though they do not wait', () => {
    const org = anOrg();
    let nth = 0;
    runBatch(org, 5 * minute, () => {
      nth += 1;
      return nth % 50 === 0 ? messages(1, 'release-pin', keyOfBatch) : [];
    });
    expect(peakOf(org.ofBatches)).toBeLessThanOrEqual(300);
  });

  test("leaves what remains to the org's other callers when they have used the rest", () => {
    const org = anOrg();
    org.others(301);
    expect(org.look(messages(3, 'check-profile', batch))).toHaveLength(0);
    expect(org.look(messages(3, 'check-profile', request))).toHaveLength(3);
    org.others(241);
    expect(org.look(messages(3, 'check-profile', setup))).toHaveLength(0);
    org.pass(minute);
    expect(org.look(messages(3, 'check-profile', batch))).toHaveLength(3);
  });

  test('says when the next message may start', () => {
    const budget: Budget & { tenant: string } = {
      tenant: 'acme',
      service: 'okta',
      rateLimit: '/api/v1/users',
      calls: 600,
      windowMs: minute,
      remaining: 600,
      resetsInMs: minute,
      credit: 0,
      batchCredit: 0,
      creditedMsAgo: 0,
    };
    const due = messages(1, 'check-profile', batch);
    const { againInMs, admitted } = admit({ ...nothing, due, budgets: [budget] }, slotsOf);
    expect([againInMs, admitted]).toEqual([1, []]);
    const later = { ...budget, creditedMsAgo: againInMs ?? 0 };
    expect(admit({ ...nothing, due, budgets: [later] }, slotsOf).admitted).toHaveLength(1);
  });
});

test('a service that refuses all calls for a time is asked for nothing until then', () => {
  const budget: Budget & { tenant: string } = {
    tenant: 'acme',
    service: 'fulfillment',
    rateLimit: '',
    calls: 0,
    windowMs: 9_000,
    remaining: 0,
    resetsInMs: 9_000,
    credit: 0,
    batchCredit: 0,
    creditedMsAgo: 0,
  };
  const due = [...messages(1, 'place-order', setup), ...messages(1, 'revoke-credential', key)];
  const refused = admit({ ...nothing, due, budgets: [budget] }, slotsOf);
  expect([stepsOf(refused.admitted), refused.againInMs]).toEqual([['revoke-credential'], 9_000]);
  const over = admit({ ...nothing, due, budgets: [{ ...budget, resetsInMs: 0 }] }, slotsOf);
  expect(over.admitted).toHaveLength(2);
});
