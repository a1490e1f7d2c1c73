import { describe, expect, test } from '@jest/globals';

import type { HoldCode } from '../model/holds.ts';
import type { Overrides } from '../model/profile.ts';
import type { CheckAddress } from '../ports/address.ts';
import { createHarness, type HarnessSettings } from '../testing/harness.ts';
import { checkedProfile, checkSampleAddress, otherProduct, profileValues, sourced } from '../testing/samples.ts';

const enrolled = { order: 'enrolled', credential: 'pending' } as const;
const enrolledAs = { credential: { enrollmentId: 'fwf0', keyId: 'key0', serial: null, firmware: null } };

describe('a profile that a parcel can reach', () => {
  test('is frozen, and the shipment is ready', async () => {
    const { run, shipment, calls } = createHarness();
    await expect(run('check-profile')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', profileChecked: true },
      secrets: { profile: checkedProfile() },
      hold: null,
    });
    expect(calls).toEqual([
      'okta.readUser',
      'provider.enabledCountries',
      'provider.validateAddress',
      'move profile.checked',
    ]);
  });

  test('records in the history what was normalised, by field and not by value', async () => {
    const { run, ledger } = createHarness();
    await run('check-profile');
    expect(ledger.history).toMatchObject([{ event: 'profile.checked', detail: { normalised: 'primaryPhone' } }]);
  });

  test.each([
    ['new', true],
    ['active', false],
  ] as const)('of a user who is %s says so', async (status, isNewUser) => {
    const { run, shipment } = createHarness({ user: { status } });
    await run('check-profile');
    expect(shipment()).toMatchObject({ plan: { order: 'ready' }, secrets: { profile: { isNewUser } } });
  });

  test('of an enrolled shipment is frozen anew, and the shipment stays enrolled', async () => {
    const { run, shipment } = createHarness({
      shipment: { plan: enrolled },
      user: { profile: sourced({ city: 'Portland' }) },
    });
    await run('check-profile');
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolled', profileChecked: true },
      secrets: { profile: { city: 'Portland' } },
    });
  });
});

describe('the user', () => {
  test('is found by the requested login, and known by the Okta id from then on', async () => {
    const { run, shipment, ledger } = createHarness({
      shipment: { user: { id: null }, secrets: { login: 'ZUZANA@work.example' } },
    });
    await run('check-profile');
    expect(shipment()).toMatchObject({ user: { id: '00u1' }, secrets: { login: profileValues.email } });
    expect(ledger.history[0]).toMatchObject({ event: 'user.resolved', detail: { userId: '00u1' } });
  });

  test('whom Okta does not know fails the request, which can be retried', async () => {
    const { run, shipment, org } = createHarness({ shipment: { user: { id: null }, secrets: { login: 'unknown' } } });
    await expect(run('check-profile')).resolves.toMatchObject({ result: { outcome: 'stop', why: 'user_not_found' } });
    expect(shipment()).toMatchObject({
      plan: { order: 'failed' },
      failure: { code: 'user_not_found', problems: [{ field: 'user', code: 'user_not_found' }] },
      hold: null,
    });
    expect(org.enrollments).toEqual([]);
  });

  test('who is gone after the enrollment is left to an operator', async () => {
    const { run, shipment, org } = createHarness({ shipment: { plan: enrolled } });
    org.users = [];
    await run('check-profile');
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolled' },
      hold: { code: 'user_not_active', problems: [{ code: 'user_not_found' }] },
    });
  });
});

describe('a shipment is held', () => {
  test.each<[HoldCode, string, HarnessSettings]>([
    ['user_not_active', 'deactivated', { user: { status: 'deactivated' } }],
    ['user_not_active', 'suspended', { user: { status: 'suspended' } }],
    ['product_not_allowed', 'taken off the list', { tenant: { products: [otherProduct] } }],
    [
      'product_not_allowed',
      'another customization',
      { shipment: { product: { ...otherProduct, customizationId: 'NOPE' } } },
    ],
    [
      'product_not_allowed',
      'another inventory',
      { shipment: { product: { ...otherProduct, inventoryProductId: '1' } } },
    ],
    ['profile_problems', 'no city', { user: { profile: sourced({ city: null }) } }],
  ])('%s: %s', async (code, _, settings) => {
    const { run, shipment } = createHarness(settings);
    await expect(run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'stop', why: `held: ${code}` },
      held: { shipmentId: 'shp_1', code },
    });
    expect(shipment()).toMatchObject({ hold: { code }, plan: { held: true, profileChecked: false } });
    expect(shipment().secrets.profile).toBeUndefined();
  });

  test('with every problem at once, by field and code', async () => {
    const { run, shipment } = createHarness({
      user: { status: 'new', profile: sourced({ city: null, streetAddress: null, secondEmail: null }) },
    });
    await run('check-profile');
    expect(shipment().hold?.problems).toEqual([
      { field: 'streetAddress', code: 'missing' },
      { field: 'city', code: 'missing' },
      { field: 'secondEmail', code: 'missing' },
    ]);
  });
});

describe('the group that caused the request', () => {
  test('is read again: for a member the shipment continues', async () => {
    const { run, shipment, org } = createHarness({ shipment: { groupId: '00g1' } });
    org.groups.push({ id: '00g1', name: 'Keys', members: ['00u1'] });
    await run('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });

  test.each(['requested', 'ready'] as const)('a user who left it gets no key (%s)', async (order) => {
    const { run, shipment, ledger } = createHarness({ shipment: { groupId: '00g1', plan: { order } } });
    await expect(run('check-profile')).resolves.toEqual({
      result: { outcome: 'done', why: 'no longer in the group' },
      held: null,
    });
    expect(shipment()).toMatchObject({ plan: { order: 'cancelled' }, hold: null });
    expect(ledger.history).toMatchObject([
      { event: 'shipment.cancelled', detail: { reason: 'no longer in the group' } },
    ]);
  });
});

describe('a user who left the group after the enrollment', () => {
  const leaver: HarnessSettings = { shipment: { groupId: '00g1', plan: enrolled, ...enrolledAs } };

  test('gets no key, and the enrollment is deleted', async () => {
    const { run, shipment, org } = createHarness(leaver);
    org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'pending', createdAt: null });
    await run('check-profile');
    expect(shipment()).toMatchObject({ plan: { order: 'cancelled', credential: 'pending' }, hold: null });
    await run('delete-enrollment');
    expect(shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
    expect(org.enrollments).toEqual([]);
  });

  test('is left to an operator where leavers are not cancelled', async () => {
    const { run, shipment, ledger } = createHarness(leaver);
    ledger.flowsOff.add('cancel-leavers');
    await expect(run('check-profile')).resolves.toMatchObject({ held: { code: 'left_group' } });
    expect(shipment()).toMatchObject({
      plan: { order: 'enrolled', credential: 'pending' },
      hold: { problems: [{ field: 'groupId', code: 'not_a_member' }] },
    });
  });

  test('is cancelled before the enrollment whether the flow is on or off', async () => {
    const { run, shipment, ledger } = createHarness({ shipment: { groupId: '00g1' } });
    ledger.flowsOff.add('cancel-leavers');
    await run('check-profile');
    expect(shipment()).toMatchObject({ plan: { order: 'cancelled', credential: 'none' }, hold: null });
  });
});

describe('overrides', () => {
  const asOverrides = (values: object): Overrides['values'] =>
    Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, { value: String(value), source: 'override' }]),
    );
  const seen = async (values: object): Promise<Parameters<CheckAddress>[0]> => {
    const profiles: Parameters<CheckAddress>[0][] = [];
    const { run } = createHarness({
      shipment: { secrets: { login: 'x', overrides: { values: asOverrides(values), replaced: {} } } },
      checkAddress: (profile, user) => {
        profiles.push(profile);
        return checkSampleAddress(profile, user);
      },
    });
    await run('check-profile');
    return profiles[0] ?? {};
  };

  test('replace the values of Okta, with their own source', async () => {
    await expect(seen({ city: 'Portland', zipCode: '97205' })).resolves.toEqual({
      ...sourced(),
      city: { value: 'Portland', source: 'override' },
      zipCode: { value: '97205', source: 'override' },
    });
  });

  test('never reach an address that a PIN goes to', async () => {
    const forged: object = {
      email: 'a@evil.example',
      secondEmail: 'b@evil.example',
      login: 'c',
      organization: 'Southlight',
    };
    await expect(seen(forged)).resolves.toEqual({
      ...sourced(),
      organization: { value: 'Southlight', source: 'override' },
    });
  });
});
