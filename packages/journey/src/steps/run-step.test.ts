import { describe, expect, test } from '@jest/globals';

import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { Chain, ClaimResult, LastMoves, StepAttempt } from '../ports/ledger.ts';
import { createHarness } from '../testing/harness.ts';
import { sampleHold, sampleShipment } from '../testing/samples.ts';
import { runStep } from './run-step.ts';

const job = { step: 'check-profile', shipmentId: 'shp_1', dispatchId: null } as const;

const answering = (context: Context, claim: ClaimResult): Context => ({
  ...context,
  ledger: { ...context.ledger, claimStep: () => Promise.resolve(claim) },
});

describe('a step that is not claimed', () => {
  const shipment = sampleShipment();
  const hold = sampleHold('parcel_lost', { problems: [{ field: 'order', code: 'provider_state_105' }] });

  test.each<[ClaimResult, unknown]>([
    [{ outcome: 'not_found' }, { result: { outcome: 'done', why: 'no such shipment' }, held: null }],
    [
      { outcome: 'superseded' },
      { result: { outcome: 'done', why: 'superseded by a later job of this step' }, held: null },
    ],
    [
      { outcome: 'already_running', retryAfterMs: 700 },
      { result: { outcome: 'later', afterMs: 700, why: 'another attempt is running', isInQueue: true }, held: null },
    ],
    [
      { outcome: 'tenant_paused', retryAfterMs: 900, reason: 'okta answers 401' },
      { result: { outcome: 'later', afterMs: 900, why: 'okta answers 401' }, held: null },
    ],
    [
      { outcome: 'not_next', shipment },
      { result: { outcome: 'done', why: 'not next' }, held: null },
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
    await expect(runStep(answering(context, claim), job)).resolves.toEqual(stepResult);
    expect(calls).toEqual([]);
  });
});

describe('an attempt', () => {
  test('ends with its outcome in the history', async () => {
    const { run, ledger } = createHarness();
    await expect(run('check-profile')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(ledger.attempts).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done', why: null, afterMs: null }]);
  });

  test('that holds the shipment reports which, and why', async () => {
    const { run, ledger } = createHarness({ user: { status: 'suspended' } });
    await expect(run('check-profile')).resolves.toEqual({
      result: { outcome: 'stop', why: 'held: user_not_active' },
      held: { shipmentId: 'shp_1', code: 'user_not_active', problems: [{ field: 'status', code: 'not_active' }] },
    });
    expect(ledger.attempts).toMatchObject([{ outcome: 'stop', why: 'held: user_not_active', afterMs: null }]);
  });

  test.each(['unreachable', 'no_response_before', 'rate_limited', 'refused', 'not_found'] as const)(
    'whose call fails (%s) is retried later, and the shipment is unchanged',
    async (fault) => {
      const { fail, run, ledger, shipment } = createHarness();
      const before = shipment();
      fail('okta.readUser', fault);
      const { result } = await run('check-profile');
      expect(result).toMatchObject({ outcome: 'later' });
      expect(shipment()).toEqual(before);
      expect(ledger.attempts).toMatchObject([
        { outcome: 'later', afterMs: result.outcome === 'later' ? result.afterMs : null },
      ]);
    },
  );

  test('raises an alarm for an unexpected refusal, and none for a transient failure', async () => {
    const { fail, run, alarms } = createHarness();
    fail('okta.readUser', 'no_response_before', 'refused');
    await run('check-profile');
    expect(alarms).toEqual([]);
    await run('check-profile');
    expect(alarms).toEqual([
      { code: 'unexpected_refusal', detail: { step: 'check-profile', shipment: 'shp_1', status: 400 } },
    ]);
  });

  test('is retried after the time that the service asked for', async () => {
    const { context, ledger } = createHarness();
    const busy = new ConnectorError({ service: 'okta', fault: 'rate_limited' }, 'answered 429', {
      status: 429,
      retryAfterMs: 42_000,
    });
    const busyOkta = { ...context.identity, readUser: () => Promise.reject(busy) };
    await runStep({ ...context, identity: busyOkta }, job);
    expect(ledger.attempts).toMatchObject([{ outcome: 'later', afterMs: 42_000, why: 'answered 429' }]);
  });

  test('waits no longer for calls that our own limit kept back, however many there were', async () => {
    const { context, ledger, fail, run } = createHarness();
    const tooMany = new ConnectorError({ service: 'okta', fault: 'rate_limited' }, 'has too many concurrent calls', {
      retryAfterMs: 600,
    });
    const busy = { ...context, identity: { ...context.identity, readUser: () => Promise.reject(tooMany) } };
    for (let time = 0; time < 12; time += 1) await runStep(busy, job);
    fail('okta.readUser', 'no_response_before');
    await run('check-profile');
    expect(ledger.attempts).toHaveLength(13);
    expect(ledger.attempts.at(-1)?.afterMs).toBeLessThanOrEqual(625);
  });

  test('at polling the parcel is retried after the polling interval at the latest, however many polls there were', async () => {
    const { context, ledger } = createHarness({
      shipment: { plan: { order: 'placed', parcel: 'preparing', credential: 'pending' } },
      tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, profileEveryMs: 60_000, maxTransitDays: 30 } },
    });
    const claimStep = async (...claimed: Parameters<typeof context.ledger.claimStep>): Promise<ClaimResult> => {
      const claim = await context.ledger.claimStep(...claimed);
      return claim.outcome === 'claimed' ? { ...claim, attempt: { ...claim.attempt, failures: 500 } } : claim;
    };
    const fulfillment = {
      ...context.fulfillment,
      readOrder: () =>
        Promise.reject(new ConnectorError({ service: 'fulfillment', fault: 'outcome_unknown' }, 'no answer')),
    };
    await runStep(
      { ...context, fulfillment, ledger: { ...context.ledger, claimStep } },
      { ...job, step: 'track-parcel' },
    );
    expect(ledger.attempts).toMatchObject([{ outcome: 'later', afterMs: 1_000 }]);
  });
});

describe('credentials that a service rejects', () => {
  test('pause the tenant and raise an alarm, and leave the shipment unchanged', async () => {
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

  test('pause it for its polling interval at most', async () => {
    const { fail, run } = createHarness({
      tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, profileEveryMs: 60_000, maxTransitDays: 30 } },
    });
    fail('okta.readUser', 'unauthorized');
    await expect(run('check-profile')).resolves.toMatchObject({ result: { outcome: 'later', afterMs: 1_000 } });
  });
});

describe('a bug', () => {
  test('is recorded in the history by its name alone, and rethrown', async () => {
    const { context, ledger } = createHarness();
    const broken: Context = {
      ...context,
      checkAddress: () => {
        throw new RangeError('zuzana@work.example is no city');
      },
    };
    await expect(runStep(broken, job)).rejects.toThrow(RangeError);
    expect(ledger.attempts).toMatchObject([{ outcome: 'threw', why: 'RangeError' }]);
    expect(ledger.attempts[0]?.afterMs).toBeGreaterThanOrEqual(500);
  });

  test('that throws no Error is recorded too', async () => {
    const { context, ledger } = createHarness();
    const okta = { ...context.identity, readUser: () => Promise.reject('a string') };
    await expect(runStep({ ...context, identity: okta }, job)).rejects.toBe('a string');
    expect(ledger.attempts).toMatchObject([{ outcome: 'threw', why: 'unknown' }]);
  });
});

test('a step runs with the attempt that the ledger claimed', async () => {
  const { context } = createHarness();
  const attempts: StepAttempt[] = [];
  const ledger = {
    ...context.ledger,
    finishWithMove: (attempt: StepAttempt, ...end: [LastMoves, Chain]) => {
      attempts.push(attempt);
      return context.ledger.finishWithMove(attempt, ...end);
    },
  };
  await runStep({ ...context, ledger }, job);
  expect(attempts).toMatchObject([{ step: 'check-profile', number: 1 }]);
});
