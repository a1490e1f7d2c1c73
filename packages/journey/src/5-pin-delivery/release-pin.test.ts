import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { checkedProfile, sampleHold, sampleTenant, sourced, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const delivered = { ...stages.active.plan, parcel: 'delivered' } as const;
const moved = { email: 'moved@work.example' };

function activeHarness(settings: HarnessSettings = {}, shipment: SampleShipment = {}): Harness {
  return createHarness({ ...settings, shipment: { ...stages.active, plan: delivered, ...shipment } });
}

function releaseByHand({ ledger, shipment }: Harness): void {
  const result = operatorActions['release-pin'](shipment());
  expect(result.outcome).toBe('granted');
  ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
}

const newUser = { secrets: { ...stages.active.secrets, profile: { ...checkedProfile(), isNewUser: true } } };

describe('a release', () => {
  test('reads the user again', async () => {
    const harness = activeHarness();
    await expect(harness.run('release-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.calls).toEqual(['okta.readUser', 'move pin.released']);
    expect(harness.shipment().plan.pin).toBe('released');
  });

  test.each<[string, HarnessSettings, SampleShipment]>([
    [
      'the secondary address, which an existing user’s PIN does not go to',
      { user: { profile: sourced({ secondEmail: 'x@home.example' }) } },
      {},
    ],
    [
      'the primary address, which a new user’s PIN does not go to',
      { user: { status: 'active', profile: sourced(moved) } },
      newUser,
    ],
    ['the label', { user: { profile: sourced({ city: 'Portland', firstName: 'Z' }) } }, {}],
    ['the status, from new to active', { user: { status: 'active' } }, newUser],
  ])('ignores a change of %s', async (_, settings, shipment) => {
    const harness = activeHarness(settings, shipment);
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null });
    expect(harness.shipment().secrets.profile).toEqual(shipment.secrets?.profile ?? checkedProfile());
  });

  test.each<[string, HarnessSettings, SampleShipment, string]>([
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
  ])('is held when the address has changed: %s', async (_, settings, shipment, field) => {
    const harness = activeHarness(settings, shipment);
    await expect(harness.run('release-pin')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'pin_address_changed' },
    });
    expect(harness.shipment()).toMatchObject({
      plan: { pin: 'sealed' },
      hold: { problems: [{ field, code: 'changed_since_the_check' }] },
    });
  });

  test.each(['suspended', 'deactivated'] as const)('is held for a user who is %s', async (status) => {
    const harness = activeHarness({ user: { status } });
    await expect(harness.run('release-pin')).resolves.toMatchObject({
      held: { code: 'user_not_active', problems: [{ field: 'status', code: 'not_active' }] },
    });
  });

  test('is held for a user whom Okta has deleted', async () => {
    const harness = activeHarness();
    harness.org.users = [];
    await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
  });

  test.each(['suspended', 'deactivated'] as const)('by an operator does not help a user who is %s', async (status) => {
    const harness = activeHarness({ user: { status } });
    releaseByHand(harness);
    await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
  });

  test.each(['no_response_before', 'unreachable', 'rate_limited'] as const)('waits for Okta (%s)', async (fault) => {
    const harness = activeHarness();
    harness.fail('okta.readUser', fault);
    await expect(harness.run('release-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.pin).toBe('sealed');
  });

  test('does not happen when the shipment was held meanwhile', async () => {
    const harness = activeHarness();
    const hold = sampleHold('parcel_lost');
    harness.log.onEffect = () =>
      harness.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'sealed' }, hold });
  });

  test.each(['suspended', 'active'] as const)('that comes too late sets no hold after the end (%s)', async (status) => {
    const harness = activeHarness({ user: { status, profile: sourced(moved) } });
    harness.log.onEffect = () =>
      harness.ledger.move('shp_1', () => ({ change: { pin: 'released' }, note: { event: 'pin.released' } }));
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null });
  });
});

describe('addresses that come from an HRIS, where the tenant opted in', () => {
  const sources = { email: ['hris', 'okta'] } as const;
  const fromHris = { ...checkedProfile(), email: 'zq@hris.example' };
  const secrets = { ...stages.active.secrets, profile: fromHris };

  test('are read there again, and the PIN is released to them', async () => {
    const harness = activeHarness({ tenant: { sources } }, { secrets });
    harness.hris.person = { email: fromHris.email };
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'released' }, hold: null, secrets: { profile: fromHris } });
  });

  test('are held when they changed there, or are gone', async () => {
    for (const person of [{ email: 'another@hris.example' }, {}, null]) {
      const harness = activeHarness({ tenant: { sources } }, { secrets });
      harness.hris.person = person;
      await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    }
  });

  test.each(['no_response_before', 'unauthorized', 'refused'] as const)('wait for the HRIS (%s)', async (fault) => {
    const harness = activeHarness({ tenant: { sources } }, { secrets });
    harness.hris.person = { email: fromHris.email };
    harness.fail('hris.readPerson', fault);
    await expect(harness.run('release-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'sealed' }, hold: null });
    expect(harness.ledger.pausedUntilMs).toBe(0);
  });

  test('are not read there where the tenant did not', async () => {
    const harness = activeHarness({ tenant: { sources: { address: ['hris', 'okta'] } } });
    await harness.run('release-pin');
    expect(harness.calls).not.toContain('hris.readPerson');
    expect(harness.shipment().plan.pin).toBe('released');
  });
});

describe('a changed address', () => {
  const changed = { user: { profile: sourced(moved) } };

  test('is taken when an operator releases the PIN from its hold', async () => {
    const harness = activeHarness(changed);
    await harness.run('release-pin');
    releaseByHand(harness);
    await expect(harness.run('release-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'released' }, secrets: { profile: moved } });
  });

  test('is held although an operator released the PIN before the change was seen', async () => {
    const harness = activeHarness(changed, { plan: { ...delivered, release: 'on_receipt' } });
    releaseByHand(harness);
    await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    releaseByHand(harness);
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'released' }, secrets: { profile: moved } });
  });

  test.each(['operator', 'profile_changed'] as const)(
    'is held again when its hold was only lifted (%s)',
    async (because) => {
      const harness = activeHarness(changed, { plan: { ...delivered, releaseOverridden: true } });
      await harness.run('release-pin');
      harness.ledger.move('shp_1', (shipment) => recheck(shipment, because));
      await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    },
  );

  test('back to what was checked needs no operator', async () => {
    const harness = activeHarness(changed);
    await harness.run('release-pin');
    harness.org.users = harness.org.users.map((user) => ({ ...user, profile: sourced() }));
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'profile_changed'));
    await expect(harness.run('release-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.shipment().secrets.profile).toEqual(checkedProfile());
  });

  test('to none at all cannot be released', async () => {
    const harness = activeHarness({ user: { profile: sourced({ email: null }) } });
    await harness.run('release-pin');
    releaseByHand(harness);
    await expect(harness.run('release-pin')).resolves.toMatchObject({
      held: { code: 'pin_address_changed', problems: [{ code: 'missing' }] },
    });
    expect(harness.shipment().plan.pin).toBe('sealed');
  });
});
