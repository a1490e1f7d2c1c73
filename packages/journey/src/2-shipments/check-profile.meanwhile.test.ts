import { describe, expect, test } from '@jest/globals';

import type { Change } from '../model/change.ts';
import { operatorActions } from '../requests/operator-actions.ts';
import { passDoor } from '../steps/run-step.ts';
import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import { profileValues, sampleHold, sampleShipment, sampleUser, sourced, startOfTime } from '../testing/samples.ts';

/** What somebody else does while this visit waits for Okta's answer. */
function meanwhile(house: House, ...changes: readonly Change[]): void {
  house.line.onEffect = () => {
    house.line.onEffect = () => undefined;
    for (const change of changes) house.ledger.move('shp_1', () => ({ change, note: { event: 'meanwhile' } }));
  };
}

const findings: readonly (readonly [string, HouseSettings])[] = [
  ['shippable', {}],
  ['unshippable', { user: { profile: sourced({ city: null }) } }],
  ['suspended', { user: { status: 'SUSPENDED' } }],
  ['not in the group', { shipment: { groupId: '00g1' } }],
  ['unknown', { shipment: { user: { id: null }, secrets: { login: 'nobody' } } }],
  ['known by login alone', { shipment: { user: { id: null } } }],
];

describe('what was found too late changes nothing', () => {
  test.each(findings)('when the shipment was cancelled meanwhile (%s)', async (_, settings) => {
    const house = openHouse(settings);
    meanwhile(house, { order: 'cancelled' });
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({ plan: { order: 'cancelled', profileChecked: false }, hold: null });
    expect(house.shipment().secrets.profile).toBeUndefined();
    expect(house.ledger.violations).toEqual([]);
    expect(house.ledger.history.map(({ event }) => event)).toEqual(['meanwhile']);
  });

  test.each(findings)('when another visit checked and ordered meanwhile (%s)', async (_, settings) => {
    const house = openHouse(settings);
    const user = { id: '00u1' };
    meanwhile(
      house,
      { order: 'ready', profileChecked: true, user },
      { order: 'enrolling' },
      { order: 'enrolled', credential: 'pending' },
      { order: 'placing' },
    );
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({ plan: { order: 'placing', profileChecked: true }, hold: null });
    expect(house.ledger.violations).toEqual([]);
  });

  test.each(findings)('when somebody held it meanwhile (%s)', async (_, settings) => {
    const house = openHouse(settings);
    const hold = sampleHold('left_group');
    meanwhile(house, { hold });
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({ plan: { order: 'requested' }, hold });
  });
});

describe('two shipments that turn out to be for one person', () => {
  const byLogin = { id: 'shp_1', user: { id: null }, secrets: { login: profileValues.email } };
  const later = new Date(startOfTime.getTime() + 60_000);

  test('the later is cancelled, by whichever it is found out', async () => {
    const house = openHouse({ shipment: { ...byLogin, createdAt: later } });
    house.ledger.open(sampleShipment({ id: 'shp_0' }));
    await expect(house.pass('check-profile')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'duplicate_of' },
    });
    expect(house.shipment()).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_0' });
    expect(house.shipment('shp_0').plan.order).toBe('requested');
  });

  test('the earlier goes on, though the later knew the person first', async () => {
    const house = openHouse({ shipment: byLogin });
    house.ledger.open(sampleShipment({ id: 'shp_2', createdAt: later, hold: sampleHold('profile_problems') }));
    await expect(house.pass('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment('shp_2')).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_1', hold: null });
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({ plan: { order: 'ready' }, user: { id: '00u1' } });
  });

  test.each(['enrolling', 'enrolled', 'placing', 'placed'] as const)(
    'but never one that is %s already',
    async (order) => {
      const house = openHouse({ shipment: byLogin });
      house.ledger.open(sampleShipment({ id: 'shp_2', createdAt: later, plan: { order } }));
      await house.pass('check-profile');
      expect(house.shipment()).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_2' });
      expect(house.shipment('shp_2').plan.order).toBe(order);
    },
  );

  test('of the same moment, the one with the later id is cancelled', async () => {
    const house = openHouse({ shipment: byLogin });
    house.ledger.open(sampleShipment({ id: 'shp_2' }));
    await house.pass('check-profile');
    expect(house.shipment('shp_2')).toMatchObject({ plan: { order: 'cancelled' }, duplicateOf: 'shp_1' });
  });

  test('a backup key is no duplicate', async () => {
    const house = openHouse({ shipment: { ...byLogin, purpose: 'backup' } });
    house.ledger.open(sampleShipment({ id: 'shp_0' }));
    await house.pass('check-profile');
    expect(house.shipment().plan.order).toBe('ready');
  });

  test('the check is made again when the other ended just while the ledger looked', async () => {
    const house = openHouse({ shipment: byLogin });
    const { ledger } = house.context;
    const declined = { ...house.context, ledger: { ...ledger, move: (id: string) => ledger.move(id, () => null) } };
    await expect(passDoor(declined, 'check-profile', 'shp_1', null)).resolves.toMatchObject({
      result: { outcome: 'later' },
    });
    expect(house.shipment().plan.order).toBe('requested');
  });
});

test('a failed request whose user has appeared is checked like any other when it is retried', async () => {
  const house = openHouse({ shipment: { user: { id: null }, secrets: { login: 'soon@work.example' } } });
  await house.pass('check-profile');
  const asked = operatorActions.retry(house.shipment());
  expect(asked.outcome).toBe('granted');
  house.ledger.move('shp_1', () => (asked.outcome === 'granted' ? asked.decision : null));
  house.org.users.push(sampleUser({ id: '00u2', login: 'soon@work.example' }));
  await house.pass('check-profile');
  expect(house.shipment()).toMatchObject({ plan: { order: 'ready' }, user: { id: '00u2' }, failure: null });
});
