import { describe, expect, test } from '@jest/globals';

import { stepNames } from '../model/plan.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { ClaimResult, StepAttempt } from '../ports/ledger.ts';
import { createHarness } from '../testing/harness.ts';
import { sampleHold, sampleShipment } from '../testing/samples.ts';
import { backoffMs, steps, isStepName, runStep } from './run-step.ts';

const answering = (context: Context, claim: ClaimResult): Context => ({
  ...context,
  ledger: { ...context.ledger, claimStep: () => Promise.resolve(claim) },
});

describe('a door that is not entered', () => {
  const shipment = sampleShipment();
  const hold = sampleHold('parcel_lost', { problems: [{ field: 'order', code: 'provider_state_105' }] });

  test.each<[ClaimResult, unknown]>([
    [{ outcome: 'not_found' }, { result: { outcome: 'done', why: 'no such shipment' }, held: null }],
    [
      { outcome: 'superseded' },
      { result: { outcome: 'done', why: 'a later job of this door takes over' }, held: null },
    ],
    [
      { outcome: 'already_running', retryAfterMs: 700 },
      { result: { outcome: 'later', afterMs: 700, why: 'another visit is under way' }, held: null },
    ],
    [
      { outcome: 'tenant_paused', retryAfterMs: 900, reason: 'okta answers 401' },
      { result: { outcome: 'later', afterMs: 900, why: 'okta answers 401' }, held: null },
    ],
    [
      { outcome: 'not_next', shipment },
      { result: { outcome: 'done', why: 'not owed' }, held: null },
    ],
    [
      { outcome: 'not_next', shipment: { ...shipment, hold } },
      {
        result: { outcome: 'stop', why: 'held' },
        held: { shipmentId: 'shp_1', code: 'parcel_lost', problems: hold.problems },
      },
    ],
  ])('%j', async (claim, stepResult) => {
    const { context, calls } = createHarness();
    await expect(runStep(answering(context, claim), 'check-profile', 'shp_1', null)).resolves.toEqual(stepResult);
    expect(calls).toEqual([]);
  });
});

describe('a visit', () => {
  test('ends with its outcome on the card', async () => {
    const { run, ledger } = createHarness();
    await expect(run('check-profile')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(ledger.attempts).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done', why: null, afterMs: null }]);
  });

  test('that asks a person tells of whom and what', async () => {
    const { run, ledger } = createHarness({ user: { status: 'suspended' } });
    await expect(run('check-profile')).resolves.toEqual({
      result: { outcome: 'stop', why: 'held: user_not_active' },
      held: { shipmentId: 'shp_1', code: 'user_not_active', problems: [{ field: 'status', code: 'not_active' }] },
    });
    expect(ledger.attempts).toMatchObject([{ outcome: 'stop', why: 'held: user_not_active', afterMs: null }]);
  });

  test.each(['unreachable', 'lost_before', 'rate_limited', 'refused', 'not_found'] as const)(
    'that the outside fails (%s) is made again later, with the shipment untouched',
    async (fate) => {
      const { fail, run, ledger, shipment } = createHarness();
      const before = shipment();
      fail('okta.readUser', fate);
      const { result } = await run('check-profile');
      expect(result).toMatchObject({ outcome: 'later' });
      expect(shipment()).toEqual(before);
      expect(ledger.attempts).toMatchObject([
        { outcome: 'later', afterMs: result.outcome === 'later' ? result.afterMs : null },
      ]);
    },
  );

  test('raises an alarm for a refusal that nobody planned for, and for no passing failure', async () => {
    const { fail, run, alarms } = createHarness();
    fail('okta.readUser', 'lost_before', 'refused');
    await run('check-profile');
    expect(alarms).toEqual([]);
    await run('check-profile');
    expect(alarms).toEqual([
      { code: 'unexpected_refusal', detail: { step: 'check-profile', shipment: 'shp_1', status: 400 } },
    ]);
  });

  test('waits as long as the service asked', async () => {
    const { context, ledger } = createHarness();
    const busy = new ConnectorError('okta', 'rate_limited', 'answered 429', { status: 429, retryAfterMs: 42_000 });
    const busyOkta = { ...context.identity, readUser: () => Promise.reject(busy) };
    await runStep({ ...context, identity: busyOkta }, 'check-profile', 'shp_1', null);
    expect(ledger.attempts).toMatchObject([{ outcome: 'later', afterMs: 42_000, why: 'answered 429' }]);
  });

  test('of the parcel waits no longer after a failure than after a look, however many there were', async () => {
    const { context, ledger } = createHarness({
      shipment: { plan: { order: 'placed', parcel: 'preparing', credential: 'pending' } },
      tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, maxTransitDays: 30 } },
    });
    const claimStep = async (...asked: Parameters<typeof context.ledger.claimStep>): Promise<ClaimResult> => {
      const claim = await context.ledger.claimStep(...asked);
      return claim.outcome === 'claimed' ? { ...claim, attempt: { ...claim.attempt, number: 500 } } : claim;
    };
    const lost = {
      ...context.fulfillment,
      readOrder: () => Promise.reject(new ConnectorError('fulfillment', 'outcome_unknown', 'no answer')),
    };
    await runStep(
      { ...context, fulfillment: lost, ledger: { ...context.ledger, claimStep } },
      'track-parcel',
      'shp_1',
      null,
    );
    expect(ledger.attempts).toMatchObject([{ outcome: 'later', afterMs: 1_000 }]);
  });
});

describe('credentials that a service does not take', () => {
  test('pause the tenant and raise an alarm, without touching the shipment', async () => {
    const { fail, run, ledger, alarms, shipment, log, calls } = createHarness();
    const before = shipment();
    fail('okta.readUser', 'unauthorized');
    await expect(run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'okta.readUser failed', afterMs: 300_000 },
    });
    expect(alarms).toEqual([{ code: 'tenant_paused', detail: { tenant: 'acme', service: 'okta', status: 401 } }]);
    expect(ledger.pausedUntilMs).toBeGreaterThan(log.nowMs() + 299_000);
    await expect(run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'okta.readUser failed' },
    });
    expect(calls).toEqual([]);
    expect(shipment()).toEqual(before);
  });

  test('pause it no longer than its polling interval, which is short where everything is', async () => {
    const { fail, run } = createHarness({
      tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, maxTransitDays: 30 } },
    });
    fail('okta.readUser', 'unauthorized');
    await expect(run('check-profile')).resolves.toMatchObject({ result: { outcome: 'later', afterMs: 1_000 } });
  });
});

describe('a bug', () => {
  test('is recorded on the card, by its name alone, and thrown on', async () => {
    const { context, ledger } = createHarness();
    const broken: Context = {
      ...context,
      checkAddress: () => {
        throw new RangeError('zuzana@work.example is no city');
      },
    };
    await expect(runStep(broken, 'check-profile', 'shp_1', null)).rejects.toThrow(RangeError);
    expect(ledger.attempts).toMatchObject([{ outcome: 'threw', why: 'RangeError' }]);
    expect(ledger.attempts[0]?.afterMs).toBeGreaterThanOrEqual(500);
  });

  test('that is not even an error is recorded too', async () => {
    const { context, ledger } = createHarness();
    const okta = { ...context.identity, readUser: () => Promise.reject('a string') };
    await expect(runStep({ ...context, identity: okta }, 'check-profile', 'shp_1', null)).rejects.toBe('a string');
    expect(ledger.attempts).toMatchObject([{ outcome: 'threw', why: 'unknown' }]);
  });
});

describe('the wait after a failure', () => {
  test.each([1, 2, 3, 5, 10, 11, 100, 10_000])(
    'of attempt %i doubles up to five minutes, with a quarter of jitter',
    (attempt) => {
      const base = Math.min(500 * 2 ** (attempt - 1), 300_000);
      for (let time = 0; time < 50; time += 1) {
        expect(backoffMs(attempt)).toBeGreaterThanOrEqual(base);
        expect(backoffMs(attempt)).toBeLessThanOrEqual(base * 1.25);
      }
    },
  );
});

test('every door has a room behind it, and nothing else is a door', () => {
  expect(Object.keys(steps)).toEqual([...stepNames]);
  expect(stepNames.every(isStepName)).toBe(true);
  expect(['', 'accept-event', 'toString'].some(isStepName)).toBe(false);
});

test('a room is only let in by the ledger', async () => {
  const { context } = createHarness();
  const attempts: StepAttempt[] = [];
  const ledger = {
    ...context.ledger,
    finishAttempt: (attempt: StepAttempt) => Promise.resolve(void attempts.push(attempt)),
  };
  await runStep({ ...context, ledger }, 'check-profile', 'shp_1', null);
  expect(attempts).toMatchObject([{ step: 'check-profile', number: 1 }]);
});
