import { describe, expect, test } from '@jest/globals';

import type { Change } from '../../model/change.ts';
import type { StepFailure } from '../../ports/ledger.ts';
import { ready, type LedgerInUse } from './ledger-under-test.ts';

const intendEnrollment: Change = {
  order: 'enrolling',
  intents: { enroll: { at: '2030-01-01T00:00:00.000Z', knownEnrollmentIds: [] } },
};

export function claimsContract(setUp: () => LedgerInUse): void {
  describe('a claim', () => {
    test('starts an attempt with a lease, and a second claim has to wait', async () => {
      const { under, createShipment, move, claim } = setUp();
      const id = await createShipment();
      await move(id, ready);
      const result = await claim('enroll-credential', id);
      expect(result).toMatchObject({
        outcome: 'claimed',
        attempt: { step: 'enroll-credential', number: 1, shipment: { id } },
      });
      const second = await claim('enroll-credential', id);
      expect(second).toMatchObject({ outcome: 'already_running' });
      const waitMs = second.outcome === 'already_running' ? second.retryAfterMs : 0;
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(under.leaseMs);
    });

    test('after a finished attempt starts the next one', async () => {
      const { port, createShipment, claimed } = setUp();
      const id = await createShipment();
      await port.finishAttempt(await claimed('check-profile', id), { outcome: 'later', why: null, afterMs: 1_000 });
      expect(await claimed('check-profile', id)).toMatchObject({ number: 2 });
    });

    test('knows the failures in a row: a poll ends them, and a wait that was named leaves them as they are', async () => {
      const { port, createShipment, claimed } = setUp();
      const id = await createShipment();
      const failed = { outcome: 'later', why: null, afterMs: 1_000 } as const;
      const failures = async (failure?: StepFailure): Promise<number> => {
        const attempt = await claimed('check-profile', id);
        await port.finishAttempt(attempt, { ...failed, ...(failure === undefined ? {} : { failure }) });
        return attempt.failures;
      };
      const counted = { waitsFor: 'okta', isCounted: true } as const;
      const seen = [
        await failures(counted),
        await failures(counted),
        await failures({ waitsFor: null, isCounted: false }),
        await failures(),
        await failures(),
      ];
      expect(seen).toEqual([0, 1, 2, 2, 0]);
    });

    test('after an expired lease starts the next attempt, which the expired one cannot finish', async () => {
      const { under, port, createShipment, move, claim, claimed } = setUp();
      const id = await createShipment();
      await move(id, ready);
      const first = await claimed('enroll-credential', id);
      await under.expireLease(first);
      expect(await claimed('enroll-credential', id)).toMatchObject({ number: 2 });
      await port.finishAttempt(first, { outcome: 'done', why: null });
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'already_running' });
    });

    test('of a step that is not next starts nothing', async () => {
      const { createShipment, claim } = setUp();
      const id = await createShipment();
      expect(await claim('send-pin', id)).toMatchObject({ outcome: 'not_next', shipment: { id } });
    });

    test('of a shipment that does not exist starts nothing', async () => {
      const { claim } = setUp();
      expect(await claim('check-profile', 'shp_none')).toEqual({ outcome: 'not_found' });
    });

    test('by a job that was dispatched again since starts nothing', async () => {
      const { under, createShipment, move, claim } = setUp();
      const id = await createShipment();
      const before = await under.dispatchIdOf('check-profile', id);
      await move(id, { retryNow: true });
      const after = await under.dispatchIdOf('check-profile', id);
      expect(after).not.toBe(before);
      expect(await claim('check-profile', id, before)).toEqual({ outcome: 'superseded' });
      expect(await claim('check-profile', id, after)).toMatchObject({ outcome: 'claimed' });
    });

    test('of a running step is not superseded by a retry', async () => {
      const { under, createShipment, move, claimed } = setUp();
      const id = await createShipment();
      await move(id, ready);
      await claimed('enroll-credential', id);
      const dispatchId = await under.dispatchIdOf('enroll-credential', id);
      await move(id, { retryNow: true });
      expect(await under.dispatchIdOf('enroll-credential', id)).toBe(dispatchId);
    });

    test('waits while the tenant is paused, and a shorter pause does not shorten it', async () => {
      const { port, createShipment, claim } = setUp();
      const id = await createShipment();
      const { createdAt } = await port.read(id);
      const in_ = (ms: number): Date => new Date(createdAt.getTime() + ms);
      await port.pauseTenant('acme', { until: in_(3_600_000), reason: 'okta answers 401', service: 'okta' });
      await port.pauseTenant('acme', { until: in_(60_000), reason: 'okta answers 403', service: 'okta' });
      const result = await claim('check-profile', id);
      expect(result).toMatchObject({ outcome: 'tenant_paused', reason: 'okta answers 401' });
      expect(result.outcome === 'tenant_paused' ? result.retryAfterMs : 0).toBeGreaterThan(3_000_000);
    });

    test('while processing is off gives the slot back, unless a call may have been made', async () => {
      const { under, port, createShipment, move, claim } = setUp();
      const id = await createShipment();
      await move(id, ready);
      await under.switchFlow('process-shipments', false);
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'not_next' });
      expect((await port.read(id)).plan.inSlot).toBe(false);
      await under.switchFlow('process-shipments', true);
      expect((await port.read(id)).plan.inSlot).toBe(true);
      await move(id, intendEnrollment);
      await under.switchFlow('process-shipments', false);
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'claimed' });
    });
  });
}
