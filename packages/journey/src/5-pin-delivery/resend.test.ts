import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import { drive } from '../testing/drive.ts';
import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import type { Fate } from '../testing/call-log.ts';
import { sampleHold, sampleTenant, sourced, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const okta = { ...sampleTenant.pin, channel: 'okta' } as const;

/** A PIN that Okta has mailed once, of a shipment that is over or not yet, and that is asked for once more. */
function askedAgain(
  order: 'placed' | 'closed' = 'closed',
  settings: HouseSettings = {},
  given: SampleShipment = {},
): House {
  const parcel = order === 'closed' ? 'delivered' : 'in_transit';
  const house = openHouse({
    ...settings,
    tenant: { pin: okta },
    shipment: {
      ...stages.active,
      plan: { ...stages.active.plan, order, parcel, pin: 'sent' },
      pin: { sentTo: null, sentAt: startOfTime },
      ...given,
    },
  });
  house.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'ACTIVE', createdAt: null });
  const asked = operatorActions['resend-pin'](house.shipment());
  expect(asked.outcome).toBe('granted');
  house.ledger.move('shp_1', () => (asked.outcome === 'granted' ? asked.decision : null));
  return house;
}

async function passBoth(house: House): Promise<void> {
  await house.pass('release-pin');
  await house.pass('send-pin');
}

describe('a PIN that is asked for once more', () => {
  test.each(['placed', 'closed'] as const)('is mailed by Okta, and the shipment is %s as before', async (order) => {
    const house = askedAgain(order);
    house.line.advanceTo(startOfTime.getTime() + 60_000);
    await passBoth(house);
    expect(house.org.pinMails).toEqual(['fwf0']);
    expect(house.mails).toEqual([]);
    expect(house.shipment()).toMatchObject({ plan: { order, pin: 'sent' }, hold: null });
    expect(house.shipment().pin.sentAt?.getTime()).toBeGreaterThan(startOfTime.getTime());
  });

  test('may be asked for again after that', async () => {
    const house = askedAgain();
    await passBoth(house);
    expect(operatorActions['resend-pin'](house.shipment()).outcome).toBe('granted');
  });

  test.each<[string, HouseSettings, string]>([
    ['has another address', { user: { profile: sourced({ email: 'moved@work.example' }) } }, 'pin_address_changed'],
    ['has none', { user: { profile: sourced({ email: null }) } }, 'pin_address_changed'],
    ['is deactivated', { user: { status: 'DEPROVISIONED' } }, 'user_not_active'],
    ['is suspended', { user: { status: 'SUSPENDED' } }, 'user_not_active'],
  ])('is not sent to somebody who %s; it is sent as it was, and nobody is asked', async (_, settings, code) => {
    for (const order of ['placed', 'closed'] as const) {
      const house = askedAgain(order, settings);
      await expect(house.pass('release-pin')).resolves.toEqual({
        result: { outcome: 'done', why: `not sent again: ${code}` },
        held: null,
      });
      expect(house.shipment()).toMatchObject({
        plan: { order, pin: 'sent', held: false },
        hold: null,
        pin: { sentAt: startOfTime },
      });
      expect(house.ledger.history.at(-1)).toMatchObject({ event: 'pin.resend_refused', detail: { code } });
      expect(house.org.pinMails).toEqual([]);
    }
  });

  test('is not sent to an address that somebody vouched for before it changed once more', async () => {
    const movedOnceMore = { user: { profile: sourced({ email: 'moved@work.example' }) } };
    const house = askedAgain('closed', movedOnceMore, { liftedHold: sampleHold('pin_address_changed') });
    await house.pass('release-pin');
    expect(house.shipment().plan.pin).toBe('sent');
  });

  test.each(['placed', 'closed'] as const)('and that Okta refuses is sent as it was (%s)', async (order) => {
    const house = askedAgain(order);
    await house.pass('release-pin');
    house.fail('okta.sendPin', 'refused');
    await expect(house.pass('send-pin')).resolves.toEqual({
      result: { outcome: 'done', why: 'not sent again: mail_refused' },
      held: null,
    });
    expect(house.shipment()).toMatchObject({ plan: { order, pin: 'sent' }, hold: null, pin: { sentAt: startOfTime } });
  });

  test.each<Fate>([
    'lost_before',
    'lost_after',
    'late',
    'unreachable',
    'rate_limited',
    'unauthorized',
    'dies_before',
    'dies_after',
  ])('comes to its end when a call goes wrong (%s)', async (fate) => {
    for (const call of ['okta.readUser', 'okta.sendPin', 'ledger.move']) {
      if (call === 'ledger.move' && !fate.startsWith('dies')) continue;
      const house = askedAgain();
      house.fail(call, fate);
      await drive(house);
      expect(house.shipment().plan).toMatchObject({ order: 'closed', pin: 'sent' });
      expect(house.org.pinMails.length).toBeGreaterThanOrEqual(1);
      expect(house.ledger.violations).toEqual([]);
    }
  });

  test('is not sent at all where we mailed it: the sealed copy is gone', () => {
    const house = openHouse({
      shipment: {
        ...stages.active,
        plan: { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin: 'sent' },
        pin: { sentTo: 'z…@work.example', sentAt: startOfTime },
      },
    });
    expect(operatorActions['resend-pin'](house.shipment())).toEqual({ outcome: 'refused', code: 'pin_forgotten' });
  });
});
