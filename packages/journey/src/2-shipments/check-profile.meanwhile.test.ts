import { describe, expect, test } from '@jest/globals';

import type { Change } from '../model/change.ts';
import { operatorActions } from '../requests/operator-actions.ts';
import { runStep } from '../steps/run-step.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { profileValues, sampleHold, sampleShipment, sampleUser, sourced, startOfTime } from '../testing/samples.ts';

/** What another process does while this attempt waits for Okta's response. */
function meanwhile(harness: Harness, ...changes: readonly Change[]): void {
  harness.log.onEffect = () => {
    harness.log.onEffect = () => undefined;
    for (const change of changes) harness.ledger.move('shp_1', () => ({ change, note: { event: 'meanwhile' } }));
  };
}

const findings: readonly (readonly [string, HarnessSettings])[] = [
  ['shippable', {}],
  ['unshippable', { user: { profile: sourced({ city: null }) } }],
  ['suspended', { user: { status: 'suspended' } }],
  ['not in the group', { shipment: { groupId: '00g1' } }],
  ['unknown', { shipment: { user: { id: null }, secrets: { login: 'unknown' } } }],
  ['known by login alone', { shipment: { user: { id: null } } }],
];

describe('a result that comes too late changes nothing', () => {
  test.each(findings)('when the shipment was cancelled meanwhile (%s)', async (_, settings) => {
    const harness = createHarness(settings);
    meanwhile(harness, { order: 'cancelled' });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'cancelled', profileChecked: false }, hold: null });
    expect(harness.shipment().secrets.profile).toBeUndefined();
    expect(harness.ledger.violations).toEqual([]);
    expect(harness.ledger.history.map(({ event }) => event)).toEqual(['meanwhile']);
  });

  test.each(findings)('when another attempt checked and ordered meanwhile (%s)', async (_, settings) => {
    const harness = createHarness(settings);
    const user = { id: '00u1' };
    meanwhile(
      harness,
      { order: 'ready', profileChecked: true, user },
      { order: 'enrolling' },
      { order: 'enrolled', credential: 'pending' },
      { order: 'placing' },
    );
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'placing', profileChecked: true }, hold: null });
    expect(harness.ledger.violations).toEqual([]);
  });

  test.each(findings)('when it was held meanwhile (%s)', async (_, settings) => {
    const harness = createHarness(settings);
    const hold = sampleHold('left_group');
    meanwhile(harness, { hold });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'requested' }, hold });
  });
});

describe('two shipments that turn out to be for one user', () => {
  const byLogin = { id: 'shp_1', user: { id: null }, secrets: { login: profileValues.email } };
  const later = new Date(startOfTime.getTime() + 60_000);

  test('the later is cancelled, whichever check finds it', async () => {
    const harness = createHarness({ shipment: { ...byLogin, createdAt: later } });
    harness.ledger.open(sampleShipment({ id: 'shp_0' }));
    await expect(harness.run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'duplicate_of' },
    });
    expect(harness.shipment()).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_0' });
    expect(harness.shipment('shp_0').plan.order).toBe('requested');
  });

  test('the earlier continues, though the later resolved the user first', async () => {
    const harness = createHarness({ shipment: byLogin });
    harness.ledger.open(sampleShipment({ id: 'shp_2', createdAt: later, hold: sampleHold('profile_problems') }));
    await expect(harness.run('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment('shp_2')).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_1', hold: null });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'ready' }, user: { id: '00u1' } });
  });

  test.each(['enrolling', 'enrolled', 'placing', 'placed'] as const)(
    'but never one that is %s already',
    async (order) => {
      const harness = createHarness({ shipment: byLogin });
      harness.ledger.open(sampleShipment({ id: 'shp_2', createdAt: later, plan: { order } }));
      await harness.run('check-profile');
      expect(harness.shipment()).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_2' });
      expect(harness.shipment('shp_2').plan.order).toBe(order);
    },
  );

  test('of the same moment, the one with the later id is cancelled', async () => {
    const harness = createHarness({ shipment: byLogin });
    harness.ledger.open(sampleShipment({ id: 'shp_2' }));
    await harness.run('check-profile');
    expect(harness.shipment('shp_2')).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_1' });
  });

  test('a backup key is no duplicate', async () => {
    const harness = createHarness({ shipment: { ...byLogin, purpose: 'backup' } });
    harness.ledger.open(sampleShipment({ id: 'shp_0' }));
    await harness.run('check-profile');
    expect(harness.shipment().plan.order).toBe('ready');
  });

  test('the check is repeated when the other ended at the same time', async () => {
    const harness = createHarness({ shipment: byLogin });
    const { ledger } = harness.context;
    const declined = { ...harness.context, ledger: { ...ledger, move: (id: string) => ledger.move(id, () => null) } };
    await expect(
      runStep(declined, { step: 'check-profile', shipmentId: 'shp_1', dispatchId: null }),
    ).resolves.toMatchObject({
      result: { outcome: 'later' },
    });
    expect(harness.shipment().plan.order).toBe('requested');
  });
});

test('a failed request whose user has appeared is checked like any other when it is retried', async () => {
  const harness = createHarness({ shipment: { user: { id: null }, secrets: { login: 'soon@work.example' } } });
  await harness.run('check-profile');
  const result = operatorActions.retry(harness.shipment());
  expect(result.outcome).toBe('granted');
  harness.ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
  harness.org.users.push(sampleUser({ id: '00u2', login: 'soon@work.example' }));
  await harness.run('check-profile');
  expect(harness.shipment()).toMatchObject({ plan: { order: 'ready' }, user: { id: '00u2' }, failure: null });
});
