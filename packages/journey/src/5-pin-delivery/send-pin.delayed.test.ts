import { describe, expect, test } from '@jest/globals';

import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { checkedProfile, sampleTenant, sourced, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const minuteMs = 60_000;

/** A PIN that was released at the start of time, and a clock that stands so many minutes later. */
function delayedHarness(minutes: number, settings: HarnessSettings = {}, shipment: SampleShipment = {}): Harness {
  const plan = { ...stages.active.plan, pin: 'released' } as const;
  const harness = createHarness({ ...settings, shipment: { ...stages.active, plan, ...shipment } });
  harness.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'active', createdAt: null });
  harness.log.advanceTo(harness.log.nowMs() + minutes * minuteMs);
  return harness;
}

const both = { tenant: { pin: { ...sampleTenant.pin, recipient: 'both' as const } } };
const newUser = { secrets: { ...stages.active.secrets, profile: { ...checkedProfile(), isNewUser: true } } };
const moved = { profile: sourced({ email: 'moved@work.example' }) };

describe('a mail that leaves within an hour of the release', () => {
  test.each([0, 1, 30, 59])('(%i min) reads no one again', async (minutes) => {
    const harness = delayedHarness(minutes, { user: { status: 'suspended' } });
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.calls).not.toContain('okta.readUser');
    expect(harness.mails).toHaveLength(1);
  });
});

describe('a mail that was delayed by more than an hour', () => {
  test.each([61, 24 * 60, 30 * 24 * 60])('(%i min) leaves after the user was read again', async (minutes) => {
    const harness = delayedHarness(minutes);
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.calls).toEqual([
      'move pin.sending',
      'okta.readUser',
      'move pin.recipient_checked',
      'mail.sendPinMail',
      'move pin.sent',
    ]);
  });

  test.each<[string, HarnessSettings, SampleShipment, string]>([
    ['was suspended', { user: { status: 'suspended' } }, {}, 'user_not_active'],
    ['was deactivated', { user: { status: 'deactivated' } }, {}, 'user_not_active'],
    ['has another address', { user: moved }, {}, 'pin_address_changed'],
    ['has no address', { user: { profile: sourced({ email: null }) } }, {}, 'pin_address_changed'],
    [
      'is new, and has another address',
      { user: { profile: sourced({ secondEmail: 'x@home.example' }) } },
      newUser,
      'pin_address_changed',
    ],
    [
      'has another of both addresses',
      { ...both, user: { profile: sourced({ secondEmail: 'x@home.example' }) } },
      {},
      'pin_address_changed',
    ],
  ])('is not sent to a user who %s: it is held as at the release', async (_, settings, shipment, code) => {
    const harness = delayedHarness(61, settings, { ...shipment, pinPolicy: settings.tenant?.pin ?? sampleTenant.pin });
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'stop' }, held: { code } });
    expect(harness.mails).toEqual([]);
    expect(harness.shipment().plan.pin).toBe('sealed');
    expect(harness.shipment().secrets.pinCopy).toBeDefined();
  });

  test('is not sent to a user whom Okta has deleted', async () => {
    const harness = delayedHarness(61);
    harness.org.users = [];
    await expect(harness.run('send-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
  });

  test('ignores a change of what the PIN does not depend on', async () => {
    const harness = delayedHarness(61, {
      user: { profile: sourced({ city: 'Portland', secondEmail: 'x@home.example' }) },
    });
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('is not sent by an earlier confirmation of another address', async () => {
    const harness = delayedHarness(
      61,
      { user: moved },
      {
        plan: { ...stages.active.plan, pin: 'released', releaseOverridden: true },
        liftedHold: { code: 'pin_address_changed', problems: [], since: startOfTime },
      },
    );
    await expect(harness.run('send-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
  });

  test('waits for Okta while it cannot be read', async () => {
    const harness = delayedHarness(61);
    harness.fail('okta.readUser', 'unreachable');
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.mails).toEqual([]);
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('continues when the user is back: the release reads them, and the mail need not', async () => {
    const harness = delayedHarness(61, { user: { status: 'suspended' } });
    await harness.run('send-pin');
    harness.org.users = harness.org.users.map((user) => ({ ...user, status: 'active' }));
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await harness.run('release-pin');
    await harness.run('send-pin');
    expect(harness.calls.filter((name) => name === 'okta.readUser')).toHaveLength(2);
    expect(harness.shipment().plan.pin).toBe('sent');
  });

  test('that is refused for now each time reads the user once an hour, and is held when they leave', async () => {
    const harness = delayedHarness(61);
    for (const minutes of [10, 20, 20, 20]) {
      harness.fail('mail.sendPinMail', 'rate_limited');
      await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
      harness.log.advanceTo(harness.log.nowMs() + minutes * minuteMs);
    }
    expect(harness.calls.filter((name) => name === 'okta.readUser')).toHaveLength(1);
    harness.org.users = harness.org.users.map((user) => ({ ...user, status: 'deactivated' }));
    await expect(harness.run('send-pin')).resolves.toMatchObject({ held: { code: 'user_not_active' } });
    expect(harness.mails).toEqual([]);
  });

  test('by Okta once more, for a user who left, is not sent, and the shipment is not held', async () => {
    const pin = { ...sampleTenant.pin, channel: 'okta' as const };
    const harness = delayedHarness(
      61,
      { tenant: { pin }, user: { status: 'suspended' } },
      {
        pinPolicy: pin,
        pin: { sentTo: null, sentAt: startOfTime },
      },
    );
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'not sent again: user_not_active' },
    });
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'sent' }, hold: null });
    expect(harness.org.pinMails).toEqual([]);
  });
});
