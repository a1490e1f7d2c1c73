import { describe, expect, test } from '@jest/globals';

import type { PinState } from '../model/plan.ts';
import type { Enrollment } from '../ports/identity.ts';
import { offboard } from '../requests/offboard.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { checkedProfile, sampleHold, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const leaver = { userId: '00u1', groupId: null, cancels: false, revokes: true };

/** A user was deactivated whose key is in transit or received. */
function deactivated(shipment: SampleShipment, status: Enrollment['status'] = 'active'): Harness {
  const harness = createHarness({ shipment, user: { status: 'deactivated' } });
  harness.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status, createdAt: null });
  harness.ledger.move('shp_1', (current) => offboard(current, leaver));
  harness.calls.splice(0);
  return harness;
}

const withPin = (pin: PinState): SampleShipment => ({ ...stages.active, plan: { ...stages.active.plan, pin } });

describe('a credential that is revoked', () => {
  test.each<[string, SampleShipment, Enrollment['status']]>([
    ['before the key is programmed', stages.placed, 'pending'],
    ['before it is active', stages.programmed, 'pending'],
    ['when it is active', stages.active, 'active'],
    ['under a hold', { ...stages.active, hold: sampleHold('user_not_active') }, 'active'],
  ])('%s is gone, the PIN with it, and the shipment has ended', async (_, shipment, status) => {
    const harness = deactivated(shipment, status);
    await expect(harness.run('revoke-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.calls).toEqual(['okta.deleteEnrollment', 'move credential.revoked']);
    expect(harness.org.enrollments).toEqual([]);
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'closed', credential: 'revoked', pin: 'discarded' },
      hold: null,
    });
    expect(Object.keys(harness.shipment().secrets)).not.toEqual(expect.arrayContaining(['pinCopy']));
    expect(Object.keys(harness.shipment().secrets)).not.toEqual(expect.arrayContaining(['responseEnvelopes']));
  });

  test('after the end leaves the PIN as it was: sent', async () => {
    const harness = deactivated({
      ...stages.active,
      plan: { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin: 'sent' },
    });
    await harness.run('revoke-credential');
    expect(harness.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked', pin: 'sent' });
  });

  test.each(['sealed', 'released', 'sending'] as const)('discards a PIN that is %s', async (pin) => {
    const harness = deactivated(withPin(pin));
    await harness.run('revoke-credential');
    expect(harness.shipment().plan.pin).toBe('discarded');
    expect(harness.mails).toEqual([]);
  });

  test('that Okta does not have any more is gone, too', async () => {
    const harness = deactivated(stages.active);
    harness.org.enrollments = [];
    await harness.run('revoke-credential');
    expect(harness.shipment().plan.credential).toBe('revoked');
    expect(harness.alarms).toEqual([]);
  });

  test('that Okta refuses to delete raises an alarm, and is retried every hour', async () => {
    const harness = deactivated(stages.active);
    harness.fail('okta.deleteEnrollment', 'refused', 'refused');
    for (let time = 0; time < 2; time += 1)
      await expect(harness.run('revoke-credential')).resolves.toMatchObject({
        result: { outcome: 'later', afterMs: 3_600_000 },
      });
    expect(harness.alarms.map(({ code }) => code)).toEqual(['credential_not_revoked', 'credential_not_revoked']);
    await harness.run('revoke-credential');
    expect(harness.shipment().plan.credential).toBe('revoked');
  });

  test.each([
    'no_response_before',
    'no_response_after',
    'late_effect',
    'unreachable',
    'rate_limited',
    'unauthorized',
  ] as const)('is asked for again when no answer came (%s)', async (fault) => {
    const harness = deactivated(stages.active);
    harness.fail('okta.deleteEnrollment', fault);
    await expect(harness.run('revoke-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.credential).toBe('active');
    harness.log.advanceTo(harness.log.nowMs() + 10 * 60_000);
    await harness.run('revoke-credential');
    expect(harness.shipment().plan.credential).toBe('revoked');
    expect(harness.org.enrollments).toEqual([]);
  });
});

describe('while a credential is being revoked', () => {
  test('a concurrent activation does not make it active', async () => {
    const harness = createHarness({ shipment: stages.programmed });
    harness.org.enrollments.push({
      id: 'fwf0',
      keyId: 'key0',
      userId: '00u1',
      status: 'pending',
      createdAt: null,
    });
    harness.log.onEffect = (name) => {
      if (name !== 'okta.activate') return;
      harness.log.onEffect = () => undefined;
      harness.ledger.move('shp_1', (current) => offboard(current, leaver));
      harness.org.enrollments = [];
      harness.ledger.move('shp_1', () => ({
        change: { credential: 'revoked', pin: 'discarded' },
        note: { event: 'credential.revoked' },
      }));
    };
    await harness.run('activate-credential');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'closed', credential: 'revoked' }, hold: null });
    expect(harness.ledger.violations).toEqual([]);
  });

  test('an activation that had its effect is recorded, and undone', async () => {
    const harness = createHarness({ shipment: stages.programmed });
    harness.org.enrollments.push({
      id: 'fwf0',
      keyId: 'key0',
      userId: '00u1',
      status: 'pending',
      createdAt: null,
    });
    harness.log.onEffect = (name) => {
      if (name === 'okta.activate') harness.ledger.move('shp_1', (current) => offboard(current, leaver));
    };
    await harness.run('activate-credential');
    expect(harness.shipment().plan).toMatchObject({ credential: 'active', revokeRequested: true });
    await harness.run('revoke-credential');
    expect(harness.org.enrollments).toEqual([]);
    expect(harness.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked' });
  });

  test('no other step runs for the key, and no state of the provider holds it', async () => {
    const harness = deactivated(stages.placed, 'pending');
    harness.log.advanceTo(harness.log.nowMs() + 86_400_000);
    await harness.context.fulfillment.placeOrder('acme', {
      profile: checkedProfile(),
      recipientEmail: 'x',
      product: harness.shipment().product,
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    });
    harness.provider.route = [105, 9, 103];
    for (let poll = 0; poll < 3; poll += 1) {
      await harness.run('track-parcel');
      expect(harness.shipment()).toMatchObject({ plan: { programmed: false, pin: 'none', held: false }, hold: null });
    }
    await harness.run('revoke-credential');
    expect(harness.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked' });
  });

  test('an order that the provider does not know is not held', async () => {
    const harness = deactivated(stages.placed, 'pending');
    harness.log.advanceTo(harness.log.nowMs() + 86_400_000);
    await harness.run('track-parcel');
    expect(harness.shipment().hold).toBeNull();
    expect(harness.ledger.history.map(({ event }) => event)).toEqual(['credential.revoke_requested']);
  });

  test('a mail that is refused is not held', async () => {
    const harness = createHarness({ shipment: withPin('released') });
    harness.fail('mail.sendPinMail', 'refused');
    harness.log.onEffect = (name) => {
      if (name === 'mail.sendPinMail') harness.ledger.move('shp_1', (current) => offboard(current, leaver));
    };
    await harness.run('send-pin');
    expect(harness.shipment()).toMatchObject({
      plan: { pin: 'sealed', revokeRequested: true, held: false },
      hold: null,
    });
  });
});
