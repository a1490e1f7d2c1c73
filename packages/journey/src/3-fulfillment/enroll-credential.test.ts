import { describe, expect, test } from '@jest/globals';

import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import { startOfTime } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const readyHouse = (settings: HouseSettings = {}): House => openHouse({ shipment: stages.ready, ...settings });
const pending = (id: string, createdAt: Date | null = startOfTime): House['org']['enrollments'][number] => ({
  id,
  keyId: `key of ${id}`,
  userId: '00u1',
  status: 'FULFILLMENT_PENDING',
  createdAt,
});

describe('an enrollment', () => {
  test('is intended, with what Okta knew before, and only then made', async () => {
    const { pass, shipment, calls, org } = readyHouse();
    org.enrollments.push(pending('older'), { ...pending('own'), status: 'ACTIVE' });
    await expect(pass('enroll-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
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
    'that surely was not made (%s) is intended anew',
    async (fate) => {
      const { pass, fail, shipment, calls, org } = readyHouse();
      fail('okta.enroll', fate);
      await expect(pass('enroll-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(shipment().plan).toMatchObject({ order: 'ready', held: false, inSlot: true });
      expect(calls.slice(-2)).toEqual(['move enrollment.intended', 'move enrollment.not_sent']);
      expect(org.enrollments).toEqual([]);
    },
  );

  test('that Okta refuses is held, and the place is free', async () => {
    const { pass, fail, shipment } = readyHouse();
    fail('okta.enroll', 'refused');
    await expect(pass('enroll-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'enrollment_refused' },
    });
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', inSlot: false },
      hold: { code: 'enrollment_refused', problems: [{ field: 'okta', code: 'http_400' }] },
    });
  });

  test('for somebody whom Okta has deleted is held, and does not keep the line waiting', async () => {
    const { pass, org, shipment, calls } = readyHouse();
    org.users = [];
    await pass('enroll-credential');
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', inSlot: false },
      hold: { code: 'enrollment_refused', problems: [{ code: 'http_404' }] },
    });
    expect(calls).not.toContain('okta.enroll');
  });

  test('is not made when the shipment was cancelled just before', async () => {
    const { pass, line, ledger, calls } = readyHouse();
    line.onEffect = (name) => {
      if (name === 'okta.listEnrollments')
        ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    };
    await expect(pass('enroll-credential')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be enrolled' },
    });
    expect(calls).not.toContain('okta.enroll');
  });

  test('is taken away again when the shipment was cancelled while it was made', async () => {
    const { pass, line, ledger, org, shipment } = readyHouse();
    line.onEffect = (name) => {
      if (name === 'okta.enroll')
        ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    };
    org.enrollments.push(pending('older'));
    await pass('enroll-credential');
    expect(shipment()).toMatchObject({ plan: { order: 'cancelled', credential: 'none' } });
    expect(org.enrollments.map(({ id }) => id)).toEqual(['older']);
    expect(ledger.violations).toEqual([]);
  });
});
