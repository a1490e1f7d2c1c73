import { describe, expect, test } from '@jest/globals';

import { createHarness, hubUserId, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { sampleUser, sourced } from '../testing/samples.ts';

const inHub = ({ tenant, ...settings }: HarnessSettings = {}): Harness =>
  createHarness({ tenant: { keysIn: 'hub', ...tenant }, ...settings });

describe('the check of a tenant whose keys are in its hub', () => {
  test("finds the hub's user of the person, whose key it will be", async () => {
    const harness = inHub();
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({
      hubUser: { id: hubUserId, drift: [] },
      user: { id: '00u1' },
      plan: { profileChecked: true },
    });
    expect(harness.alarms).toEqual([]);
  });

  test('waits for a push that has not ended, and reads no one meanwhile', async () => {
    const harness = inHub();
    harness.hubPeople.set('00u1', { outcome: 'pending' });
    const { result } = await harness.run('check-profile');
    expect(result).toMatchObject({ outcome: 'later', why: 'the person is pushed to the hub' });
    expect(harness.calls.filter((call) => call.startsWith('okta.'))).toEqual([]);
    harness.hubPeople.set('00u1', { outcome: 'found', hubUserId });
    await harness.run('check-profile');
    expect(harness.shipment().hubUser?.id).toBe(hubUserId);
  });

  test.each([
    [
      'why the push was refused',
      (one: Harness) => one.hubPeople.set('00u1', { outcome: 'missing', reason: 'refused' }),
      'refused',
    ],
    ['that the hub has no such user', (one: Harness) => (one.hub.users = []), 'gone_from_hub'],
    [
      'that the user of the hub is off',
      (one: Harness) => (one.hub.users = [sampleUser({ id: hubUserId, status: 'deactivated' })]),
      'not_active_in_hub',
    ],
  ])('holds with the reason: %s', async (_, prepare, code) => {
    const harness = inHub();
    prepare(harness);
    const { held } = await harness.run('check-profile');
    expect(held).toMatchObject({ code: 'hub_person_missing', problems: [{ field: 'hub', code }] });
    expect(harness.shipment()).toMatchObject({ hubUser: null, plan: { order: 'requested', profileChecked: false } });
  });

  test('says in what the two users differ, and goes on', async () => {
    const harness = inHub();
    const profile = sourced({ email: 'zuzana@hub.example' });
    harness.hub.users = [sampleUser({ id: hubUserId, login: 'zq@hub.example', profile })];
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({
      hubUser: { drift: ['login', 'email'] },
      secrets: { profile: { email: 'zuzana@work.example' } },
      plan: { profileChecked: true },
    });
  });

  test('takes the addresses for the PIN from the hub where the policy says so, and the others never', async () => {
    const harness = inHub({ tenant: { keysIn: 'hub', pinAddressesFrom: 'hub' } });
    const profile = sourced({ email: 'zuzana@hub.example', secondEmail: null, city: 'Elsewhere' });
    harness.hub.users = [sampleUser({ id: hubUserId, profile })];
    await harness.run('check-profile');
    expect(harness.shipment().secrets.profile).toMatchObject({
      email: 'zuzana@hub.example',
      secondEmail: null,
      city: 'Astoria',
    });
  });

  test('pushes no one for a dry run', async () => {
    const harness = inHub({ shipment: { plan: { dryRun: true } } });
    harness.hubPeople.clear();
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ hubUser: null, plan: { profileChecked: true } });
    expect(harness.hubPeople.size).toBe(0);
  });
});

describe('what was enrolled', () => {
  const enrolled = { at: '2026-03-02T09:00:00.000Z', knownEnrollmentIds: [] };

  test('stays in the spoke when the settings of its tenant change', async () => {
    const harness = inHub({
      shipment: { plan: { order: 'enrolled', credential: 'pending' }, intents: { enroll: enrolled } },
    });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ hubUser: null, plan: { profileChecked: true } });
  });

  test('stays with its user of the hub: another one is a hold', async () => {
    const harness = inHub({
      shipment: {
        plan: { order: 'enrolled', credential: 'pending' },
        hubUser: { id: '00uGone', drift: [] },
        intents: { enroll: enrolled },
      },
    });
    const { held } = await harness.run('check-profile');
    expect(held).toMatchObject({ code: 'hub_person_missing', problems: [{ field: 'hub', code: 'another_hub_user' }] });
    expect(harness.shipment().hubUser?.id).toBe('00uGone');
  });
});

describe('the release of a PIN whose key is in the hub', () => {
  const released = {
    hubUser: { id: hubUserId, drift: [] },
    plan: { order: 'placed', credential: 'active', pin: 'sealed', profileChecked: true, programmed: true },
  } as const;

  test.each([
    [
      'is off',
      (one: Harness) => (one.hub.users = [sampleUser({ id: hubUserId, status: 'suspended' })]),
      'user_not_active',
    ],
    [
      'has another address there',
      (one: Harness) =>
        (one.hub.users = [sampleUser({ id: hubUserId, profile: sourced({ email: 'new@hub.example' }) })]),
      'pin_address_changed',
    ],
  ])('is held where the user of the hub %s', async (_, prepare, code) => {
    const harness = inHub({ tenant: { keysIn: 'hub', pinAddressesFrom: 'hub' } });
    await harness.run('check-profile');
    const { profile } = harness.shipment().secrets;
    const later = inHub({
      tenant: { keysIn: 'hub', pinAddressesFrom: 'hub' },
      shipment: { ...released, secrets: { profile } },
    });
    prepare(later);
    expect((await later.run('release-pin')).held?.code).toBe(code);
  });
});
