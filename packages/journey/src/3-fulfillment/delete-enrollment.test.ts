import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness } from '../testing/harness.ts';
import { sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const pending = (id: string): Harness['org']['enrollments'][number] => ({
  id,
  keyId: `key of ${id}`,
  userId: '00u1',
  status: 'pending',
  createdAt: startOfTime,
});
const cancelled = { order: 'cancelled', credential: 'pending', cancelRequested: true } as const;

function harnessWith(enrollments: readonly string[], shipment: SampleShipment): Harness {
  const harness = createHarness({ shipment });
  harness.org.enrollments.push(...enrollments.map(pending));
  return harness;
}

const left = ({ org }: Harness): string[] => org.enrollments.map(({ id, status }) => `${id} ${status}`);

describe('the enrollment of a cancelled shipment', () => {
  const enrolled = { ...stages.enrolled, plan: cancelled };

  test('is deleted, and no other, with the envelopes for its order', async () => {
    const harness = harnessWith(['fwf0', 'theirs'], enrolled);
    await expect(harness.run('delete-enrollment')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(left(harness)).toEqual(['theirs pending']);
    expect(harness.calls).toEqual(['okta.deleteEnrollment', 'move enrollment.deleted']);
    expect(harness.shipment()).toMatchObject({ plan: { credential: 'none' }, credential: { enrollmentId: null } });
    expect(harness.shipment().secrets.requestEnvelopes).toBeUndefined();
    expect(harness.ledger.history).toMatchObject([{ detail: { enrollmentId: 'fwf0' } }]);
  });

  test('that Okta has deleted already needs nothing more', async () => {
    const harness = harnessWith([], enrolled);
    await harness.run('delete-enrollment');
    expect(harness.shipment().plan.credential).toBe('none');
    expect(harness.alarms).toEqual([]);
  });

  test('that Okta refuses to delete is marked as an error, with an alarm', async () => {
    const harness = harnessWith(['fwf0'], enrolled);
    harness.fail('okta.deleteEnrollment', 'refused');
    await harness.run('delete-enrollment');
    expect(left(harness)).toEqual(['fwf0 failed']);
    expect(harness.shipment().plan.credential).toBe('none');
    expect(harness.alarms).toMatchObject([
      { code: 'enrollment_not_deleted', detail: { enrollment: 'fwf0', status: 400 } },
    ]);
  });

  test('that can neither be deleted nor marked is left pending, with an alarm', async () => {
    const harness = harnessWith(['fwf0'], enrolled);
    harness.fail('okta.deleteEnrollment', 'refused');
    harness.fail('okta.markEnrollmentError', 'refused');
    await harness.run('delete-enrollment');
    expect(harness.shipment().plan.credential).toBe('none');
    expect(harness.alarms).toHaveLength(1);
  });

  test.each([
    'no_response_before',
    'no_response_after',
    'late_effect',
    'unreachable',
    'rate_limited',
    'unauthorized',
  ] as const)('is asked for again when no answer came (%s)', async (fault) => {
    const harness = harnessWith(['fwf0'], enrolled);
    harness.fail('okta.deleteEnrollment', fault);
    await expect(harness.run('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.credential).toBe('pending');
    harness.log.advanceTo(harness.log.nowMs() + 10 * 60_000);
    await harness.run('delete-enrollment');
    expect(left(harness)).toEqual([]);
    expect(harness.shipment().plan.credential).toBe('none');
    expect(harness.alarms.filter(({ code }) => code !== 'tenant_paused')).toEqual([]);
  });
});

describe('the enrollment of an unanswered call for a cancelled shipment', () => {
  const at = startOfTime.toISOString();
  const unanswered = { plan: cancelled, intents: { enroll: { at, knownEnrollmentIds: ['older'] } } };

  test('is deleted, and no earlier one', async () => {
    const harness = harnessWith(['older', 'ours'], unanswered);
    await harness.run('delete-enrollment');
    expect(left(harness)).toEqual(['older pending']);
    expect(harness.shipment().plan.credential).toBe('none');
  });

  test('is waited for twice as long as by a step that is retried anyway', async () => {
    const harness = harnessWith(['older'], unanswered);
    harness.log.advanceTo(startOfTime.getTime() + sampleTenant.reconcileAfterMs);
    await expect(harness.run('delete-enrollment')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'waiting whether the unanswered enrollment appears' },
    });
    harness.org.enrollments.push(pending('late'));
    harness.log.advanceTo(startOfTime.getTime() + 2 * sampleTenant.reconcileAfterMs);
    await harness.run('delete-enrollment');
    expect(left(harness)).toEqual(['older pending']);
  });

  test('and is not recognisable among others, is left pending, with an alarm', async () => {
    const harness = harnessWith(['one', 'two'], unanswered);
    await expect(harness.run('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'done' }, held: null });
    expect(left(harness)).toEqual(['one pending', 'two pending']);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
    expect(harness.alarms).toEqual([{ code: 'enrollment_unclear', detail: { shipment: 'shp_1' } }]);
  });

  test('of a user whom Okta has deleted is gone with the user', async () => {
    const harness = harnessWith([], unanswered);
    harness.org.users = [];
    await harness.run('delete-enrollment');
    expect(harness.shipment().plan.credential).toBe('none');
  });
});
