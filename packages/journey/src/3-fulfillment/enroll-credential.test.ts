import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { startOfTime } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const readyHarness = (settings: HarnessSettings = {}): Harness =>
  createHarness({ shipment: stages.ready, ...settings });
const pending = (id: string, createdAt: Date | null = startOfTime): Harness['org']['enrollments'][number] => ({
  id,
  keyId: `key of ${id}`,
  userId: '00u1',
  status: 'pending',
  createdAt,
});

describe('an enrollment', () => {
  test('commits the intent, with the enrollments that Okta had, before the call', async () => {
    const { run, shipment, calls, org } = readyHarness();
    org.enrollments.push(pending('older'), { ...pending('own'), status: 'active' });
    await expect(run('enroll-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(calls).toEqual([
      'provider.transportKey',
      'okta.listEnrollments',
      'move enrollment.intended',
      'okta.enroll',
      'move credential.enrolled',
    ]);
    const [, , made] = org.enrollments;
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolled', credential: 'pending', inSlot: true },
      credential: { enrollmentId: made?.id, keyId: made?.keyId },
      intents: { enroll: { knownEnrollmentIds: ['older', 'own'] } },
      secrets: {
        requestEnvelopes: {
          pinRequestJwe: `pin request ${made?.keyId}`,
          credRequestJwe: `credential request ${made?.keyId}`,
        },
      },
    });
  });

  test.each(['unreachable', 'rate_limited', 'unauthorized'] as const)(
    'that surely had no effect (%s) is repeated with a new intent',
    async (fault) => {
      const { run, fail, shipment, calls, org } = readyHarness();
      fail('okta.enroll', fault);
      await expect(run('enroll-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(shipment().plan).toMatchObject({ order: 'ready', held: false, inSlot: true });
      expect(calls.slice(-2)).toEqual(['move enrollment.intended', 'move enrollment.not_sent']);
      expect(org.enrollments).toEqual([]);
    },
  );

  test('that Okta refuses is held, and its slot released', async () => {
    const { run, fail, shipment } = readyHarness();
    fail('okta.enroll', 'refused');
    await expect(run('enroll-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'enrollment_refused' },
    });
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', inSlot: false },
      hold: { code: 'enrollment_refused', problems: [{ field: 'okta', code: 'http_400' }] },
    });
  });

  test('for a user whom Okta has deleted is held, and its slot released', async () => {
    const { run, org, shipment, calls } = readyHarness();
    org.users = [];
    await run('enroll-credential');
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', inSlot: false },
      hold: { code: 'enrollment_refused', problems: [{ code: 'http_404' }] },
    });
    expect(calls).not.toContain('okta.enroll');
  });

  test('is not called when the shipment was cancelled just before', async () => {
    const { run, log, ledger, calls } = readyHarness();
    log.onEffect = (name) => {
      if (name === 'okta.listEnrollments')
        ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    };
    await expect(run('enroll-credential')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be enrolled' },
    });
    expect(calls).not.toContain('okta.enroll');
  });

  test('is deleted when the shipment was cancelled during the call', async () => {
    const { run, log, ledger, org, shipment } = readyHarness();
    log.onEffect = (name) => {
      if (name === 'okta.enroll')
        ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    };
    org.enrollments.push(pending('older'));
    await run('enroll-credential');
    expect(shipment()).toMatchObject({ plan: { order: 'cancelled', credential: 'none' } });
    expect(org.enrollments.map(({ id }) => id)).toEqual(['older']);
    expect(ledger.violations).toEqual([]);
  });
});
