import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import { recheck } from '../requests/recheck.ts';
import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import { checkedProfile, sampleHold, sampleTenant, sourced, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const delivered = { ...stages.active.plan, parcel: 'delivered' } as const;
const moved = { email: 'moved@work.example' };

function activeHouse(settings: HouseSettings = {}, shipment: SampleShipment = {}): House {
  return openHouse({ ...settings, shipment: { ...stages.active, plan: delivered, ...shipment } });
}

function releaseByHand({ ledger, shipment }: House): void {
  const asked = operatorActions['release-pin'](shipment());
  expect(asked.outcome).toBe('granted');
  ledger.move('shp_1', () => (asked.outcome === 'granted' ? asked.decision : null));
}

const newUser = { secrets: { ...stages.active.secrets, profile: { ...checkedProfile(), isNewUser: true } } };

describe('a release', () => {
  test('reads the person once more', async () => {
    const house = activeHouse();
    await expect(house.pass('release-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.calls).toEqual(['okta.readUser', 'move pin.released']);
    expect(house.shipment().plan.pin).toBe('released');
  });

  test.each<[string, HouseSettings, SampleShipment]>([
    [
      'the secondary address, which an existing user’s PIN does not go to',
      { user: { profile: sourced({ secondEmail: 'x@home.example' }) } },
      {},
    ],
    [
      'the primary address, which a new user’s PIN does not go to',
      { user: { status: 'ACTIVE', profile: sourced(moved) } },
      newUser,
    ],
    ['the label', { user: { profile: sourced({ city: 'Portland', firstName: 'Z' }) } }, {}],
    ['the status, from new to active', { user: { status: 'ACTIVE' } }, newUser],
  ])('does not mind a change of %s', async (_, settings, shipment) => {
    const house = activeHouse(settings, shipment);
    await house.pass('release-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null });
    expect(house.shipment().secrets.profile).toEqual(shipment.secrets?.profile ?? checkedProfile());
  });

  test.each<[string, HouseSettings, SampleShipment, string]>([
    ['the primary address of an existing user', { user: { profile: sourced(moved) } }, {}, 'email'],
    [
      'the secondary address of a new user',
      { user: { profile: sourced({ secondEmail: 'x@home.example' }) } },
      newUser,
      'secondEmail',
    ],
    [
      'the secondary address of a new user, now gone',
      { user: { profile: sourced({ secondEmail: null }) } },
      newUser,
      'secondEmail',
    ],
    ['the primary address of an existing user, now gone', { user: { profile: sourced({ email: null }) } }, {}, 'email'],
    [
      'either, when it goes to both',
      {
        tenant: { pin: { ...sampleTenant.pin, recipient: 'both' } },
        user: { profile: sourced({ secondEmail: 'x@home.example' }) },
      },
      {},
      'email',
    ],
  ])('is held when the address is another: %s', async (_, settings, shipment, field) => {
    const house = activeHouse(settings, shipment);
    await expect(house.pass('release-pin')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'pin_address_changed' },
    });
    expect(house.shipment()).toMatchObject({
      plan: { pin: 'sealed' },
      hold: { problems: [{ field, code: 'changed_since_the_check' }] },
    });
  });

  test.each(['SUSPENDED', 'DEPROVISIONED'])('is held for somebody %s', async (status) => {
    const house = activeHouse({ user: { status } });
    await expect(house.pass('release-pin')).resolves.toMatchObject({
      held: { code: 'user_not_active', problems: [{ field: 'status', code: 'not_active' }] },
    });
  });

  test('is held for somebody whom Okta has deleted', async () => {
    const house = activeHouse();
    house.org.users = [];
    await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
  });

  test.each(['SUSPENDED', 'DEPROVISIONED'])('by hand does not help somebody %s', async (status) => {
    const house = activeHouse({ user: { status } });
    releaseByHand(house);
    await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
  });

  test.each(['lost_before', 'unreachable', 'rate_limited'] as const)('waits for Okta (%s)', async (fate) => {
    const house = activeHouse();
    house.fail('okta.readUser', fate);
    await expect(house.pass('release-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment().plan.pin).toBe('sealed');
  });

  test('does not happen when the shipment was held meanwhile', async () => {
    const house = activeHouse();
    const hold = sampleHold('parcel_lost');
    house.line.onEffect = () =>
      house.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
    await house.pass('release-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'sealed' }, hold });
  });

  test.each(['SUSPENDED', 'ACTIVE'])('that comes too late puts no hold on what is over (%s)', async (status) => {
    const house = activeHouse({ user: { status, profile: sourced(moved) } });
    house.line.onEffect = () =>
      house.ledger.move('shp_1', () => ({ change: { pin: 'released' }, note: { event: 'pin.released' } }));
    await house.pass('release-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null });
  });
});

describe('addresses that come from an HRIS, where the tenant opted in', () => {
  const sources = { email: ['hris', 'okta'] } as const;
  const fromHris = { ...checkedProfile(), email: 'zq@hris.example' };
  const secrets = { ...stages.active.secrets, profile: fromHris };

  test('are read there again, and the PIN is released to them', async () => {
    const house = activeHouse({ tenant: { sources } }, { secrets });
    house.hris.person = { email: fromHris.email };
    await house.pass('release-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null, secrets: { profile: fromHris } });
  });

  test('are held when they changed there, or are gone', async () => {
    for (const person of [{ email: 'another@hris.example' }, {}, null]) {
      const house = activeHouse({ tenant: { sources } }, { secrets });
      house.hris.person = person;
      await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    }
  });

  test.each(['lost_before', 'unauthorized', 'refused'] as const)('wait for the HRIS (%s)', async (fate) => {
    const house = activeHouse({ tenant: { sources } }, { secrets });
    house.hris.person = { email: fromHris.email };
    house.fail('hris.readPerson', fate);
    await expect(house.pass('release-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment()).toMatchObject({ plan: { pin: 'sealed' }, hold: null });
    expect(house.ledger.pausedUntilMs).toBe(0);
  });

  test('are not asked for where the tenant did not', async () => {
    const house = activeHouse({ tenant: { sources: { address: ['hris', 'okta'] } } });
    await house.pass('release-pin');
    expect(house.calls).not.toContain('hris.readPerson');
    expect(house.shipment().plan.pin).toBe('released');
  });
});

describe('a changed address', () => {
  const changed = { user: { profile: sourced(moved) } };

  test('is taken when an operator releases the PIN from its hold', async () => {
    const house = activeHouse(changed);
    await house.pass('release-pin');
    releaseByHand(house);
    await expect(house.pass('release-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.shipment()).toMatchObject({ plan: { pin: 'released' }, secrets: { profile: moved } });
  });

  test('is held all the same when the operator released the PIN before anybody saw the change', async () => {
    const house = activeHouse(changed, { plan: { ...delivered, release: 'on_receipt' } });
    releaseByHand(house);
    await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    releaseByHand(house);
    await house.pass('release-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'released' }, secrets: { profile: moved } });
  });

  test.each(['operator', 'profile_changed'] as const)(
    'is held again when its hold was only lifted (%s)',
    async (because) => {
      const house = activeHouse(changed, { plan: { ...delivered, releaseOverridden: true } });
      await house.pass('release-pin');
      house.ledger.move('shp_1', (shipment) => recheck(shipment, because));
      await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    },
  );

  test('back to what was checked needs nobody', async () => {
    const house = activeHouse(changed);
    await house.pass('release-pin');
    house.org.users = house.org.users.map((user) => ({ ...user, profile: sourced() }));
    house.ledger.move('shp_1', (shipment) => recheck(shipment, 'profile_changed'));
    await expect(house.pass('release-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.shipment().secrets.profile).toEqual(checkedProfile());
  });

  test('to none at all cannot be released by anybody', async () => {
    const house = activeHouse({ user: { profile: sourced({ email: null }) } });
    await house.pass('release-pin');
    releaseByHand(house);
    await expect(house.pass('release-pin')).resolves.toMatchObject({
      held: { code: 'pin_address_changed', problems: [{ code: 'missing' }] },
    });
    expect(house.shipment().plan.pin).toBe('sealed');
  });
});
