import { describe, expect, test } from '@jest/globals';

import type { PinState } from '../model/plan.ts';
import { recall } from '../requests/offboard.ts';
import { openHouse, type House } from '../testing/harness.ts';
import { checkedProfile, sampleHold, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const leaver = { userId: '00u1', groupId: null, cancels: false, revokes: true };

/** Somebody was deactivated whose key is under way, or in their hands. */
function deactivated(shipment: SampleShipment, status = 'ACTIVE'): House {
  const house = openHouse({ shipment, user: { status: 'DEPROVISIONED' } });
  house.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status, createdAt: null });
  house.ledger.move('shp_1', (current) => recall(current, leaver));
  house.calls.splice(0);
  return house;
}

const withPin = (pin: PinState): SampleShipment => ({ ...stages.active, plan: { ...stages.active.plan, pin } });

describe('a credential that is taken back', () => {
  test.each<[string, SampleShipment, string]>([
    ['before the key is programmed', stages.placed, 'FULFILLMENT_PENDING'],
    ['before it is active', stages.programmed, 'FULFILLMENT_PENDING'],
    ['when it is active', stages.active, 'ACTIVE'],
    ['under a hold', { ...stages.active, hold: sampleHold('user_not_active') }, 'ACTIVE'],
  ])('%s is gone, the PIN with it, and the shipment has ended', async (_, shipment, status) => {
    const house = deactivated(shipment, status);
    await expect(house.pass('revoke-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.calls).toEqual(['okta.deleteEnrollment', 'move credential.revoked']);
    expect(house.org.enrollments).toEqual([]);
    expect(house.shipment()).toMatchObject({
      plan: { order: 'closed', credential: 'revoked', pin: 'discarded' },
      hold: null,
    });
    expect(Object.keys(house.shipment().secrets)).not.toEqual(expect.arrayContaining(['pinCopy']));
    expect(Object.keys(house.shipment().secrets)).not.toEqual(expect.arrayContaining(['responseEnvelopes']));
  });

  test('after the end leaves the PIN as it was: sent', async () => {
    const house = deactivated({
      ...stages.active,
      plan: { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin: 'sent' },
    });
    await house.pass('revoke-credential');
    expect(house.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked', pin: 'sent' });
  });

  test.each(['sealed', 'released', 'sending'] as const)('takes a PIN with it that is %s', async (pin) => {
    const house = deactivated(withPin(pin));
    await house.pass('revoke-credential');
    expect(house.shipment().plan.pin).toBe('discarded');
    expect(house.mails).toEqual([]);
  });

  test('that Okta does not have any more is gone, too', async () => {
    const house = deactivated(stages.active);
    house.org.enrollments = [];
    await house.pass('revoke-credential');
    expect(house.shipment().plan.credential).toBe('revoked');
    expect(house.alarms).toEqual([]);
  });

  test('that Okta will not delete is told, and asked for again every hour', async () => {
    const house = deactivated(stages.active);
    house.fail('okta.deleteEnrollment', 'refused', 'refused');
    for (let time = 0; time < 2; time += 1)
      await expect(house.pass('revoke-credential')).resolves.toMatchObject({
        result: { outcome: 'later', afterMs: 3_600_000 },
      });
    expect(house.alarms.map(({ code }) => code)).toEqual(['credential_not_revoked', 'credential_not_revoked']);
    await house.pass('revoke-credential');
    expect(house.shipment().plan.credential).toBe('revoked');
  });

  test.each(['lost_before', 'lost_after', 'late', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'is asked for again when no answer came (%s)',
    async (fate) => {
      const house = deactivated(stages.active);
      house.fail('okta.deleteEnrollment', fate);
      await expect(house.pass('revoke-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment().plan.credential).toBe('active');
      house.line.advanceTo(house.line.nowMs() + 10 * 60_000);
      await house.pass('revoke-credential');
      expect(house.shipment().plan.credential).toBe('revoked');
      expect(house.org.enrollments).toEqual([]);
    },
  );
});

describe('while a credential is taken back', () => {
  test('no activation that is under way brings it to life', async () => {
    const house = openHouse({ shipment: stages.programmed });
    house.org.enrollments.push({
      id: 'fwf0',
      keyId: 'key0',
      userId: '00u1',
      status: 'FULFILLMENT_PENDING',
      createdAt: null,
    });
    house.line.onEffect = (name) => {
      if (name !== 'okta.activate') return;
      house.line.onEffect = () => undefined;
      house.ledger.move('shp_1', (current) => recall(current, leaver));
      house.org.enrollments = [];
      house.ledger.move('shp_1', () => ({
        change: { credential: 'revoked', pin: 'discarded' },
        note: { event: 'credential.revoked' },
      }));
    };
    await house.pass('activate-credential');
    expect(house.shipment()).toMatchObject({ plan: { order: 'closed', credential: 'revoked' }, hold: null });
    expect(house.ledger.violations).toEqual([]);
  });

  test('an activation that had its effect is recorded, and undone', async () => {
    const house = openHouse({ shipment: stages.programmed });
    house.org.enrollments.push({
      id: 'fwf0',
      keyId: 'key0',
      userId: '00u1',
      status: 'FULFILLMENT_PENDING',
      createdAt: null,
    });
    house.line.onEffect = (name) => {
      if (name === 'okta.activate') house.ledger.move('shp_1', (current) => recall(current, leaver));
    };
    await house.pass('activate-credential');
    expect(house.shipment().plan).toMatchObject({ credential: 'active', revokeRequested: true });
    await house.pass('revoke-credential');
    expect(house.org.enrollments).toEqual([]);
    expect(house.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked' });
  });

  test('nothing else is done for the key, and nothing that the provider says asks a person', async () => {
    const house = deactivated(stages.placed, 'FULFILLMENT_PENDING');
    house.line.advanceTo(house.line.nowMs() + 86_400_000);
    await house.context.fulfillment.placeOrder('acme', {
      profile: checkedProfile(),
      recipientEmail: 'x',
      product: house.shipment().product,
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    });
    house.provider.route = [105, 9, 103];
    for (let look = 0; look < 3; look += 1) {
      await house.pass('track-parcel');
      expect(house.shipment()).toMatchObject({ plan: { programmed: false, pin: 'none', held: false }, hold: null });
    }
    await house.pass('revoke-credential');
    expect(house.shipment().plan).toMatchObject({ order: 'closed', credential: 'revoked' });
  });

  test('an order that the provider does not know asks nobody', async () => {
    const house = deactivated(stages.placed, 'FULFILLMENT_PENDING');
    house.line.advanceTo(house.line.nowMs() + 86_400_000);
    await house.pass('track-parcel');
    expect(house.shipment().hold).toBeNull();
    expect(house.ledger.history.map(({ event }) => event)).toEqual(['credential.revoke_requested']);
  });

  test('a mail that is refused asks nobody', async () => {
    const house = openHouse({ shipment: withPin('released') });
    house.fail('mail.sendPinMail', 'refused');
    house.line.onEffect = (name) => {
      if (name === 'mail.sendPinMail') house.ledger.move('shp_1', (current) => recall(current, leaver));
    };
    await house.pass('send-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'sealed', revokeRequested: true, held: false }, hold: null });
  });
});
