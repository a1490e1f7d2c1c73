import { describe, expect, test } from '@jest/globals';

import { overridableFields } from '../model/profile.ts';
import { replacedBy } from '../profile/override-profile.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { samplePerson } from '../testing/memory-directory.ts';
import { checkedProfile, sampleTenant, sourced } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const known = replacedBy(sourced(), overridableFields);

/** An order whose key the next poll finds. */
async function ordered(settings: HarnessSettings = {}): Promise<Harness> {
  const harness = createHarness({
    isChained: true,
    ...settings,
    shipment: { ...stages.ready, plan: { ...stages.ready.plan, inSlot: true } },
  });
  harness.provider.route = [103];
  harness.ledger.move('shp_1', () => ({
    change: { secrets: { profile: checkedProfile(), known } },
    note: { event: 'test.frozen' },
  }));
  await harness.run('enroll-credential');
  harness.log.advanceTo(harness.log.nowMs() + sampleTenant.polling.firstAfterMs);
  harness.calls.length = 0;
  return harness;
}

const moves = [
  'move parcel.tracked',
  'move activation.intended',
  'move credential.activated',
  'move pin.released',
  'move pin.sending',
  'move pin.sent',
];
const steps = ['enroll-credential', 'place-order', 'track-parcel', 'activate-credential', 'release-pin', 'send-pin'];

const readsIn = ({ calls }: Harness): number => calls.filter((call) => call === 'okta.readUser').length;

/** At each call of this name. */
function during({ log }: Harness, name: string, happen: () => void): void {
  log.onEffect = (call) => {
    if (call === name) happen();
  };
}

const leave = ({ org }: Harness): void => {
  org.users = org.users.map((user) => ({ ...user, status: 'suspended' as const }));
};

describe('a release that follows the poll which found the key', () => {
  test('knows the user whom the poll has read', async () => {
    const harness = await ordered();
    const atMs: number[] = [];
    during(harness, 'okta.readUser', () => void atMs.push(harness.log.nowMs()));
    await harness.run('track-parcel');
    expect(harness.mails).toHaveLength(1);
    expect(readsIn(harness)).toBe(1);
    // With the end of the activation, and as an attempt of its own in the history.
    expect(harness.calls.filter((call) => call.startsWith('move '))).toEqual(moves);
    expect(harness.ledger.attempts.map(({ step }) => step)).toEqual(steps);
    // The hour that a mail may wait begins with what is known of the user.
    const releasedFor = Date.parse(harness.shipment().intents.release?.at ?? '');
    expect(releasedFor).toBeLessThanOrEqual(atMs[0] ?? 0);
  });

  test('reads the user again where that was more than a few seconds ago', async () => {
    const harness = await ordered();
    during(harness, 'okta.activate', () => {
      harness.log.advanceTo(harness.log.nowMs() + 5_000);
      leave(harness);
    });
    await harness.run('track-parcel');
    expect(readsIn(harness)).toBe(2);
    expect(harness.shipment()).toMatchObject({ hold: { code: 'user_not_active' }, plan: { pin: 'sealed' } });
    expect(harness.mails).toEqual([]);
  });

  test('is held for a user who had left by that poll', async () => {
    const harness = await ordered();
    leave(harness);
    await harness.run('track-parcel');
    expect(readsIn(harness)).toBe(1);
    expect(harness.shipment()).toMatchObject({ hold: { code: 'user_not_active' }, plan: { pin: 'sealed' } });
  });

  test('looks for a person of the directory again, who may have been deactivated', async () => {
    const harness = await ordered();
    harness.directory.people.set('usr_1', samplePerson());
    during(harness, 'okta.activate', () => {
      harness.directory.people.set('usr_1', samplePerson({ inactiveSince: harness.log.now() }));
    });
    await harness.run('track-parcel');
    expect(harness.shipment()).toMatchObject({ hold: { code: 'suspended' }, plan: { pin: 'sealed' } });
    expect(harness.calls).not.toContain('move pin.released');
  });

  test('reads an address again that comes from an HRIS', async () => {
    const harness = await ordered({ tenant: { sources: { email: ['hris', 'okta'] } } });
    harness.hris.person = { email: sourced().email?.value ?? '' };
    during(harness, 'okta.activate', () => {
      harness.hris.person = { email: 'another@hris.example' };
    });
    await harness.run('track-parcel');
    expect(harness.shipment()).toMatchObject({ hold: { code: 'pin_address_changed' }, plan: { pin: 'sealed' } });
  });

  test('of a job of its own reads the user, whom no step before it has', async () => {
    const harness = await ordered({ isChained: false });
    await harness.run('place-order');
    harness.log.advanceTo(harness.log.nowMs() + sampleTenant.polling.firstAfterMs);
    await harness.run('track-parcel');
    await harness.run('activate-credential');
    leave(harness);
    await harness.run('release-pin');
    expect(harness.shipment()).toMatchObject({ hold: { code: 'user_not_active' } });
  });
});
