import { describe, expect, test } from '@jest/globals';

import { openHouse, type House } from '../testing/harness.ts';
import { sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const pending = (id: string): House['org']['enrollments'][number] => ({
  id,
  keyId: `key of ${id}`,
  userId: '00u1',
  status: 'FULFILLMENT_PENDING',
  createdAt: startOfTime,
});
const cancelled = { order: 'cancelled', credential: 'pending', cancelRequested: true } as const;

function houseWith(enrollments: readonly string[], shipment: SampleShipment): House {
  const house = openHouse({ shipment });
  house.org.enrollments.push(...enrollments.map(pending));
  return house;
}

const left = ({ org }: House): string[] => org.enrollments.map(({ id, status }) => `${id} ${status}`);

describe('the enrollment of a cancelled shipment', () => {
  const enrolled = { ...stages.enrolled, plan: cancelled };

  test('is deleted, and no other, with the envelopes for its order', async () => {
    const house = houseWith(['fwf0', 'theirs'], enrolled);
    await expect(house.pass('delete-enrollment')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(left(house)).toEqual(['theirs FULFILLMENT_PENDING']);
    expect(house.calls).toEqual(['okta.deleteEnrollment', 'move enrollment.deleted']);
    expect(house.shipment()).toMatchObject({ plan: { credential: 'none' }, credential: { enrollmentId: null } });
    expect(house.shipment().secrets.requestEnvelopes).toBeUndefined();
    expect(house.ledger.history).toMatchObject([{ detail: { enrollmentId: 'fwf0' } }]);
  });

  test('that Okta has deleted already needs nothing more', async () => {
    const house = houseWith([], enrolled);
    await house.pass('delete-enrollment');
    expect(house.shipment().plan.credential).toBe('none');
    expect(house.alarms).toEqual([]);
  });

  test('that Okta will not delete is marked as an error, and somebody is told', async () => {
    const house = houseWith(['fwf0'], enrolled);
    house.fail('okta.deleteEnrollment', 'refused');
    await house.pass('delete-enrollment');
    expect(left(house)).toEqual(['fwf0 FULFILLMENT_ERRORED']);
    expect(house.shipment().plan.credential).toBe('none');
    expect(house.alarms).toMatchObject([
      { code: 'enrollment_not_deleted', detail: { enrollment: 'fwf0', status: 400 } },
    ]);
  });

  test('that can neither be deleted nor marked is left pending, and somebody is told', async () => {
    const house = houseWith(['fwf0'], enrolled);
    house.fail('okta.deleteEnrollment', 'refused');
    house.fail('okta.markEnrollmentError', 'refused');
    await house.pass('delete-enrollment');
    expect(house.shipment().plan.credential).toBe('none');
    expect(house.alarms).toHaveLength(1);
  });

  test.each(['lost_before', 'lost_after', 'late', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'is asked for again when no answer came (%s)',
    async (fate) => {
      const house = houseWith(['fwf0'], enrolled);
      house.fail('okta.deleteEnrollment', fate);
      await expect(house.pass('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment().plan.credential).toBe('pending');
      house.line.advanceTo(house.line.nowMs() + 10 * 60_000);
      await house.pass('delete-enrollment');
      expect(left(house)).toEqual([]);
      expect(house.shipment().plan.credential).toBe('none');
      expect(house.alarms.filter(({ code }) => code !== 'tenant_paused')).toEqual([]);
    },
  );
});

describe('what an unanswered enrollment of a cancelled shipment left behind', () => {
  const at = startOfTime.toISOString();
  const unanswered = { plan: cancelled, intents: { enroll: { at, knownEnrollmentIds: ['older'] } } };

  test('is deleted, and nothing that was there before', async () => {
    const house = houseWith(['older', 'ours'], unanswered);
    await house.pass('delete-enrollment');
    expect(left(house)).toEqual(['older FULFILLMENT_PENDING']);
    expect(house.shipment().plan.credential).toBe('none');
  });

  test('is waited for twice as long as by those who come back anyhow', async () => {
    const house = houseWith(['older'], unanswered);
    house.line.advanceTo(startOfTime.getTime() + sampleTenant.settleMs);
    await expect(house.pass('delete-enrollment')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'waiting whether the unanswered enrollment appears' },
    });
    house.org.enrollments.push(pending('late'));
    house.line.advanceTo(startOfTime.getTime() + 2 * sampleTenant.settleMs);
    await house.pass('delete-enrollment');
    expect(left(house)).toEqual(['older FULFILLMENT_PENDING']);
  });

  test('and cannot be told from another’s, is left pending, and somebody is told', async () => {
    const house = houseWith(['one', 'two'], unanswered);
    await expect(house.pass('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'done' }, held: null });
    expect(left(house)).toEqual(['one FULFILLMENT_PENDING', 'two FULFILLMENT_PENDING']);
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
    expect(house.alarms).toEqual([{ code: 'enrollment_unclear', detail: { shipment: 'shp_1' } }]);
  });

  test('with somebody whom Okta has deleted went with them', async () => {
    const house = houseWith([], unanswered);
    house.org.users = [];
    await house.pass('delete-enrollment');
    expect(house.shipment().plan.credential).toBe('none');
  });
});
