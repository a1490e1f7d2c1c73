import { expect, test } from '@jest/globals';

import { createHarness, type Harness } from '../testing/harness.ts';
import { samplePerson } from '../testing/memory-directory.ts';
import { checkedProfile, sampleShipment, startOfTime } from '../testing/samples.ts';

const withPin = (pin: 'sealed' | 'released' | 'sending', lifted = false): Harness => {
  const { secrets } = sampleShipment();
  return createHarness({
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
      secrets: { ...secrets, profile: checkedProfile(), pinCopy: { jwe: 'sealed', signingKeys: [] } },
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
  const harness = withPin(pin, true);
  deactivate(harness);
  await harness.run(step);
  expect(harness.shipment()).toMatchObject({ hold: null, plan: { pin: after } });
});
