import { describe, expect, test } from '@jest/globals';

import { suspend, unsuspend } from '../model/suspend.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { samplePerson } from '../testing/memory-directory.ts';
import {
  checkedProfile,
  sampleHold,
  sampleShipment,
  sampleTenant,
  startOfTime,
  type SampleShipment,
} from '../testing/samples.ts';

const withPin = (
  pin: 'sealed' | 'released' | 'sending',
  {
    lifted = false,
    signed = true,
    isChained = false,
    more = {},
  }: { lifted?: boolean; signed?: boolean; isChained?: boolean; more?: SampleShipment } = {},
): Harness => {
  const { secrets } = sampleShipment();
  return createHarness({
    isChained,
    shipment: {
      plan: {
        order: 'placed',
        parcel: 'in_transit',
        credential: 'active',
        programmed: true,
        pin,
        profileChecked: true,
      },
      order: { providerId: 'ord-1', placedAt: startOfTime, providerState: null, isLocked: true },
      credential: { enrollmentId: 'enr-1', keyId: 'kid', serial: '36320717', firmware: null },
      intents: { release: { at: startOfTime.toISOString() } },
      suspension: lifted ? { since: startOfTime, isLifted: true } : null,
      secrets: {
        ...secrets,
        profile: checkedProfile(),
        pinCopy: { jwe: 'sealed', ...(signed && { signingKeys: [] }) },
      },
      ...more,
    },
  });
};

const deactivate = ({ directory }: Harness): void =>
  void directory.people.set('usr_1', samplePerson({ inactiveSince: startOfTime }));

test.each([
  ['release-pin', 'sealed'],
  ['send-pin', 'released'],
  ['send-pin', 'sending'],
] as const)('at %s no PIN leaves for a person who is inactive, before their event is decided', async (step, pin) => {
  const harness = withPin(pin);
  deactivate(harness);
  await harness.run(step);
  expect(harness.mails).toEqual([]);
  expect(harness.shipment()).toMatchObject({ hold: { code: 'suspended' }, plan: { pin: 'sealed' } });
});

test.each([
  ['release-pin', 'sealed', 'released'],
  ['send-pin', 'released', 'sent'],
] as const)('at %s a suspension that an operator lifted stays lifted', async (step, pin, after) => {
  const harness = withPin(pin, { lifted: true });
  deactivate(harness);
  await harness.run(step);
  expect(harness.shipment()).toMatchObject({ hold: null, plan: { pin: after } });
});

const revoke = ({ context }: Harness) =>
  context.ledger.move('shp_1', () => ({
    change: { revokeRequested: true },
    note: { event: 'credential.revoke_requested' },
  }));

/** Runs a step up to the mail, and `meanwhile` while the provider is asked for its keys: between the begin of send-pin and its mail. */
const sendWhile = async (
  harness: Harness,
  meanwhile: () => unknown,
  step: 'release-pin' | 'send-pin' = 'send-pin',
): Promise<void> => {
  const { fulfillment } = harness.context;
  const signingKeys: typeof fulfillment.signingKeys = async (tenant) => {
    await meanwhile();
    return fulfillment.signingKeys(tenant);
  };
  harness.context.fulfillment = { ...fulfillment, signingKeys };
  await harness.run(step);
  harness.context.fulfillment = fulfillment;
};

describe('while the provider is asked for what the mail needs', () => {
  test('a deactivation stops the mail, and the PIN stays sealed', async () => {
    const harness = withPin('released', { signed: false });
    await sendWhile(harness, () => deactivate(harness));
    expect(harness.mails).toEqual([]);
    expect(harness.shipment()).toMatchObject({ hold: { code: 'suspended' }, plan: { pin: 'sealed' } });
  });

  test('a deactivation that is decided already stops it, and what was reactivated goes on', async () => {
    const harness = withPin('released', { signed: false });
    const { ledger } = harness.context;
    await sendWhile(harness, async () => {
      deactivate(harness);
      await ledger.move('shp_1', (current) => suspend(current, { since: startOfTime, by: 'con_1' }));
    });
    expect([harness.mails, harness.shipment().hold?.code]).toEqual([[], 'suspended']);
    harness.directory.people.set('usr_1', samplePerson({ inactiveSince: null }));
    await ledger.move('shp_1', (current) => unsuspend(current, 'con_1'));
    await harness.run('send-pin');
    await harness.run('release-pin');
    await harness.run('send-pin');
    expect([harness.mails.length, harness.shipment().plan.pin]).toEqual([1, 'sent']);
  });

  test.each([
    ['send-pin', 'released'],
    ['release-pin', 'sealed'],
  ] as const)('a leaver’s revocation stops it, too, in a run that began with %s', async (step, pin) => {
    const harness = withPin(pin, { signed: false, isChained: true });
    await sendWhile(harness, () => revoke(harness), step);
    expect(harness.calls).toContain('move credential.revoke_requested');
    expect(harness.mails).toEqual([]);
  });
});

test('a deactivation between the release and the mail of one run stops the mail', async () => {
  const harness = withPin('sealed', { isChained: true });
  harness.directory.people.set('usr_1', samplePerson());
  const { readUser } = harness.context.identity;
  harness.context.identity.readUser = async (...of) => {
    deactivate(harness);
    return readUser(...of);
  };
  await harness.run('release-pin');
  expect(harness.calls).toContain('move pin.released');
  expect(harness.mails).toEqual([]);
  expect(harness.shipment()).toMatchObject({ hold: { code: 'suspended' }, plan: { pin: 'sealed' } });
});

test('of two mails of a run the second is preceded by a look of its own', async () => {
  const more = { pinPolicy: { ...sampleTenant.pin, recipient: 'both' } } as const;
  const harness = withPin('sealed', { isChained: true, more });
  const { sendPinMail } = harness.context.mail;
  harness.context.mail.sendPinMail = async (...mail) => {
    await sendPinMail(...mail);
    await revoke(harness);
  };
  await harness.run('release-pin');
  expect(harness.mails).toHaveLength(1);
});

test('a revocation while a refused PIN copy is read again stops the mail of the run', async () => {
  const harness = withPin('sealed', { isChained: true, more: { liftedHold: sampleHold('pin_copy_refused') } });
  const { readOrder } = harness.context.fulfillment;
  harness.context.fulfillment.readOrder = async (...of) => {
    await revoke(harness);
    return readOrder(...of);
  };
  await harness.run('release-pin');
  expect(harness.calls).toContain('move credential.revoke_requested');
  expect(harness.mails).toEqual([]);
});
