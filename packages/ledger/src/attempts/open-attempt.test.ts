import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';
import { checkedProfile } from '@keycourier/journey/testing/samples';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { commitMoves } from '../shipments/commit-moves.ts';
import { move } from '../shipments/move.ts';
import { readHistory } from '../shipments/read-history.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { bring, open } from '../testing/sample-shipments.ts';
import { openStep } from './claim-step.ts';
import { finishAttempt, renewLease } from './finish-attempt.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger({ maxRequestsInFlight: () => 100 }));
});
afterAll(closeTestLedgers);

const leaseMs = 60_000;

const tryOpen = (shipmentId: string, step: StepAttempt['step'] = 'check-profile') =>
  openStep(ledger, { step, shipmentId, dispatchId: null, leaseMs });

async function opened(shipmentId: string, step: StepAttempt['step'] = 'check-profile'): Promise<StepAttempt> {
  const result = await tryOpen(shipmentId, step);
  if (result.outcome !== 'claimed') throw new LedgerError('bad_row', `The test's attempt was ${result.outcome}`);
  return result.attempt;
}

const attemptsOf = async (shipmentId: string) =>
  ledger.db
    .selectFrom('step_attempts')
    .select(['step', 'attempt', 'outcome'])
    .where('shipment_id', '=', shipmentId)
    .orderBy('started_at')
    .execute();

const messageOf = async (shipmentId: string, step = 'check-profile') =>
  ledger.db
    .selectFrom('outbox')
    .select(['attempts', 'failures'])
    .where('subject_id', '=', shipmentId)
    .where('step', '=', step)
    .executeTakeFirst();

/** Ends the attempt with the result of its check, where the check is still next. */
const finish = (attempt: StepAttempt) =>
  commitMoves(ledger, {
    id: attempt.shipment.id,
    known: attempt.shipment,
    moves: [
      ({ plan }) =>
        plan.order === 'requested'
          ? {
              change: { order: 'ready', profileChecked: true, secrets: { profile: checkedProfile() } },
              note: { event: 'test.checked' },
            }
          : null,
    ],
    finish: {
      attempt,
      resultOf: () => ({ outcome: 'done', why: null }),
      chain: { admit: () => false, onClaim: () => undefined, intentOf: () => null },
      leaseMs,
    },
  });

const checksOf = async (shipmentId: string): Promise<number> => {
  const history = await readHistory(ledger, shipmentId);
  return history.filter((one) => 'event' in one && one.event === 'test.checked').length;
};

describe('an attempt that only reads', () => {
  test('writes nothing before its end, which claims it', async () => {
    const { id } = await open(ledger);
    const attempt = await opened(id);
    expect(attempt).toMatchObject({ step: 'check-profile', number: 1, failures: 0, shipment: { id } });
    expect([await attemptsOf(id), await messageOf(id)]).toEqual([[], { attempts: 0, failures: 0 }]);
    expect(await finish(attempt)).toMatchObject({ moved: { outcome: 'moved' } });
    expect(await attemptsOf(id)).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done' }]);
    expect(await messageOf(id)).toBeUndefined();
  });

  test('that ends later is counted, with its failure', async () => {
    const { id } = await open(ledger);
    const failure = { waitsFor: null, isCounted: true };
    await finishAttempt(ledger, await opened(id), { outcome: 'later', why: 'away', afterMs: 60_000, failure });
    expect(await attemptsOf(id)).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'later' }]);
    expect(await opened(id)).toMatchObject({ number: 2, failures: 1 });
  });

  test('changes nothing where another of the same moment has ended', async () => {
    const { id } = await open(ledger);
    const [first, second, third] = [await opened(id), await opened(id), await opened(id)];
    expect(await finish(first)).toMatchObject({ moved: { outcome: 'moved' } });
    expect(await finish(second)).toMatchObject({ moved: { outcome: 'declined' }, next: null });
    await finishAttempt(ledger, third, { outcome: 'later', why: null, afterMs: 1_000 });
    expect(await attemptsOf(id)).toHaveLength(1);
    expect(await checksOf(id)).toBe(1);
  });

  test('writes nothing where its message was taken away and is there again meanwhile', async () => {
    const { id } = await open(ledger);
    const [finished, later, renewed] = [await opened(id), await opened(id), await opened(id)];
    await ledger.db.deleteFrom('outbox').where('subject_id', '=', id).execute();
    await ledger.db.insertInto('outbox').values({ subject_id: id, step: 'check-profile', tenant: 'acme' }).execute();
    expect(await finish(finished)).toMatchObject({ moved: { outcome: 'declined' }, next: null });
    await finishAttempt(ledger, later, { outcome: 'later', why: null, afterMs: 1_000 });
    expect(await renewLease(ledger, renewed, leaseMs)).toBe(false);
    expect([await attemptsOf(id), await messageOf(id)]).toEqual([[], { attempts: 0, failures: 0 }]);
    expect(await finish(await opened(id))).toMatchObject({ moved: { outcome: 'moved' } });
  });

  test('is one of ten that end at once', async () => {
    const { id } = await open(ledger);
    const attempts = await Promise.all(Array.from({ length: 10 }, () => opened(id)));
    const finished = await Promise.all(attempts.map(finish));
    expect(finished.filter(({ moved }) => moved.outcome === 'moved')).toHaveLength(1);
    expect([await checksOf(id), (await attemptsOf(id)).length]).toEqual([1, 1]);
  });

  test('is claimed when its lease is renewed: another has to wait, and its end is recorded once', async () => {
    const { id } = await open(ledger);
    const [slow, other] = [await opened(id), await opened(id)];
    expect(await renewLease(ledger, slow, leaseMs)).toBe(true);
    expect(await tryOpen(id)).toMatchObject({ outcome: 'already_running' });
    expect(await renewLease(ledger, other, leaseMs)).toBe(false);
    expect(await finish(other)).toMatchObject({ moved: { outcome: 'declined' } });
    expect(await renewLease(ledger, slow, leaseMs)).toBe(true);
    expect(await finish(slow)).toMatchObject({ moved: { outcome: 'moved' } });
    expect(await attemptsOf(id)).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done' }]);
  });

  test('ends after a renewal that is under way', async () => {
    const { id } = await open(ledger);
    const attempt = await opened(id);
    const renewed = renewLease(ledger, attempt, leaseMs);
    expect(await finish(attempt)).toMatchObject({ moved: { outcome: 'moved' } });
    expect(await renewed).toBe(true);
    expect(await attemptsOf(id)).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done' }]);
  });

  test('decides again where its shipment was changed meanwhile', async () => {
    const { id } = await open(ledger);
    const attempt = await opened(id);
    await move(ledger, id, () => ({ change: { user: { id: '00u-other' } }, note: { event: 'test.resolved' } }));
    expect(await finish(attempt)).toMatchObject({
      moved: { outcome: 'moved', shipment: { user: { id: '00u-other' } } },
    });
    expect(await attemptsOf(id)).toEqual([{ step: 'check-profile', attempt: 1, outcome: 'done' }]);
  });
});

test('an attempt whose calls may change something is claimed before them', async () => {
  const { id } = await open(ledger);
  await bring(ledger, id, 'placed');
  await move(ledger, id, () => ({
    change: { intents: { order: { at: '2030-01-01T00:00:00.000Z', reference: `${id}-2`, attempt: 2 } } },
    note: { event: 'test.ordered_twice' },
  }));
  await opened(id, 'track-parcel');
  expect(await attemptsOf(id)).toEqual([{ step: 'track-parcel', attempt: 1, outcome: null }]);
  expect(await tryOpen(id, 'track-parcel')).toMatchObject({ outcome: 'already_running' });
});
