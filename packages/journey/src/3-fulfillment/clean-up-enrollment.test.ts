import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { sampleHold, sampleTenant, sampleUser, startOfTime } from '../testing/samples.ts';
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

describe('after a lost response', () => {
  test('the enrollment of our call is deleted, and no other; then a new one is created', async () => {
    const { run, fail, org, shipment, calls, log } = readyHarness();
    org.enrollments.push(pending('older'));
    fail('okta.enroll', 'no_response_after');
    await run('enroll-credential');
    expect(shipment().plan).toMatchObject({ order: 'enrolling', inSlot: true });
    const [, ours] = org.enrollments;
    org.enrollments.push(
      { ...pending('theirs'), status: 'active' },
      { ...pending('old and unseen'), createdAt: new Date('2026-03-02T08:00:00Z') },
    );
    log.advanceTo(log.nowMs() + 1_000);
    await expect(run('enroll-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(calls.slice(3)).toEqual([
      'okta.enroll',
      'okta.listEnrollments',
      'okta.deleteEnrollment',
      'provider.transportKey',
      'okta.listEnrollments',
      'move enrollment.intended',
      'okta.enroll',
      'move credential.enrolled',
    ]);
    expect(org.enrollments.map(({ id }) => id)).not.toContain(ours?.id);
    expect(org.enrollments.map(({ id }) => id)).toEqual(expect.arrayContaining(['older', 'theirs', 'old and unseen']));
    expect(shipment().credential.enrollmentId).toBe(org.enrollments.at(-1)?.id);
  });

  test('the step waits as long as the enrollment may still appear', async () => {
    const { run, fail, log, shipment, org } = readyHarness();
    fail('okta.enroll', 'no_response_before');
    await run('enroll-credential');
    const { result } = await run('enroll-credential');
    expect(result).toMatchObject({ outcome: 'later', why: 'waiting whether the unanswered enrollment appears' });
    const intendedMs = Date.parse(shipment().intents.enroll?.at ?? '');
    expect(result.outcome === 'later' && result.afterMs).toBeLessThanOrEqual(sampleTenant.reconcileAfterMs);
    log.advanceTo(intendedMs + sampleTenant.reconcileAfterMs);
    await expect(run('enroll-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(org.enrollments).toHaveLength(1);
  });

  test('an enrollment without a time counts as ours when it is new', async () => {
    const { run, fail, org, log } = readyHarness();
    fail('okta.enroll', 'no_response_before');
    await run('enroll-credential');
    org.enrollments.push(pending('appeared', null));
    log.advanceTo(log.nowMs() + 1_000);
    await run('enroll-credential');
    expect(org.enrollments.map(({ id }) => id)).not.toContain('appeared');
  });

  test('more than one since our call is held', async () => {
    const { run, fail, org, shipment } = readyHarness();
    fail('okta.enroll', 'no_response_after');
    await run('enroll-credential');
    org.enrollments.push(pending('whose?'));
    await expect(run('enroll-credential')).resolves.toMatchObject({ held: { code: 'enrollment_unclear' } });
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolling', inSlot: false },
      hold: { problems: [{ field: 'enrollment', code: 'more_than_one_since_our_call' }] },
    });
    expect(org.enrollments).toHaveLength(2);
  });

  test('a list that Okta refuses is held', async () => {
    const { run, fail, shipment } = readyHarness();
    fail('okta.enroll', 'no_response_after');
    await run('enroll-credential');
    fail('okta.listEnrollments', 'refused');
    await run('enroll-credential');
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolling', inSlot: false },
      hold: { code: 'enrollment_unclear' },
    });
  });

  test('one that Okta has deleted already is no obstacle; one that it refuses to delete raises an alarm', async () => {
    for (const [fault, alarms] of [
      ['not_found', 0],
      ['refused', 1],
    ] as const) {
      const harness = readyHarness();
      harness.fail('okta.enroll', 'no_response_after');
      await harness.run('enroll-credential');
      harness.fail('okta.deleteEnrollment', fault);
      await harness.run('enroll-credential');
      expect(harness.shipment().plan.order).toBe('enrolled');
      expect(harness.alarms).toHaveLength(alarms);
    }
  });

  test('a response that arrives after another attempt has committed a new intent is ignored, and its enrollment deleted', async () => {
    const { run, log, ledger, org, shipment } = readyHarness();
    log.onEffect = (name) => {
      if (name !== 'okta.enroll') return;
      const intent = { at: '2026-03-02T10:00:00.000Z', knownEnrollmentIds: [] };
      ledger.move('shp_1', () => ({ change: { intents: { enroll: intent } }, note: { event: 'enrollment.intended' } }));
    };
    await expect(run('enroll-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(shipment().plan).toMatchObject({ order: 'enrolling', credential: 'none' });
    expect(org.enrollments).toEqual([]);
  });
});

test('a shipment whose hold was lifted reads the list first, too', async () => {
  const { run, ledger, org, calls } = createHarness({
    shipment: {
      ...stages.ready,
      plan: { order: 'enrolling', profileChecked: true },
      hold: sampleHold('enrollment_unclear'),
      intents: { enroll: { at: startOfTime.toISOString(), knownEnrollmentIds: [] } },
    },
    user: sampleUser(),
  });
  org.enrollments.push(pending('ours'));
  ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
  await run('enroll-credential');
  expect(calls.slice(1, 3)).toEqual(['okta.listEnrollments', 'okta.deleteEnrollment']);
  expect(org.enrollments).toHaveLength(1);
});
