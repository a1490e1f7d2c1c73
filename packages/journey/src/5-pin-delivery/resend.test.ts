import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import type { Fault } from '../testing/call-log.ts';
import { drive } from '../testing/drive.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { sampleHold, sampleTenant, sourced, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const okta = { ...sampleTenant.pin, channel: 'okta' } as const;

/** A PIN that Okta has mailed once, of an open or closed shipment, with a resend requested. */
function resendRequested(
  order: 'placed' | 'closed' = 'closed',
  settings: HarnessSettings = {},
  fields: SampleShipment = {},
): Harness {
  const parcel = order === 'closed' ? 'delivered' : 'in_transit';
  const harness = createHarness({
    ...settings,
    tenant: { pin: okta },
    shipment: {
      ...stages.active,
      plan: { ...stages.active.plan, order, parcel, pin: 'sent' },
      pin: { sentTo: null, sentAt: startOfTime },
      ...fields,
    },
  });
  harness.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'active', createdAt: null });
  const result = operatorActions['resend-pin'](harness.shipment());
  expect(result.outcome).toBe('granted');
  harness.ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
  return harness;
}

async function passBoth(harness: Harness): Promise<void> {
  await harness.run('release-pin');
  await harness.run('send-pin');
}

describe('a PIN for which a resend is requested', () => {
  test.each(['placed', 'closed'] as const)('is mailed by Okta, and the shipment is %s as before', async (order) => {
    const harness = resendRequested(order);
    harness.log.advanceTo(startOfTime.getTime() + 60_000);
    await passBoth(harness);
    expect(harness.org.pinMails).toEqual(['fwf0']);
    expect(harness.mails).toEqual([]);
    expect(harness.shipment()).toMatchObject({ plan: { order, pin: 'sent' }, hold: null });
    expect(harness.shipment().pin.sentAt?.getTime()).toBeGreaterThan(startOfTime.getTime());
  });

  test('may be requested again after that', async () => {
    const harness = resendRequested();
    await passBoth(harness);
    expect(operatorActions['resend-pin'](harness.shipment()).outcome).toBe('granted');
  });

  test.each<[string, HarnessSettings, string]>([
    ['has another address', { user: { profile: sourced({ email: 'moved@work.example' }) } }, 'pin_address_changed'],
    ['has none', { user: { profile: sourced({ email: null }) } }, 'pin_address_changed'],
    ['is deactivated', { user: { status: 'deactivated' } }, 'user_not_active'],
    ['is suspended', { user: { status: 'suspended' } }, 'user_not_active'],
  ])('is not sent to a user who %s; the PIN counts as sent, without a hold', async (_, settings, code) => {
    for (const order of ['placed', 'closed'] as const) {
      const harness = resendRequested(order, settings);
      await expect(harness.run('release-pin')).resolves.toEqual({
        result: { outcome: 'done', why: `not sent again: ${code}` },
        held: null,
      });
      expect(harness.shipment()).toMatchObject({
        plan: { order, pin: 'sent', held: false },
        hold: null,
        pin: { sentAt: startOfTime },
      });
      expect(harness.ledger.history.at(-1)).toMatchObject({ event: 'pin.resend_refused', detail: { code } });
      expect(harness.org.pinMails).toEqual([]);
    }
  });

  test('is not sent to an address that an operator confirmed before it changed again', async () => {
    const movedOnceMore = { user: { profile: sourced({ email: 'moved@work.example' }) } };
    const harness = resendRequested('closed', movedOnceMore, { liftedHold: sampleHold('pin_address_changed') });
    await harness.run('release-pin');
    expect(harness.shipment().plan.pin).toBe('sent');
  });

  test.each(['placed', 'closed'] as const)('and that Okta refuses counts as sent (%s)', async (order) => {
    const harness = resendRequested(order);
    await harness.run('release-pin');
    harness.fail('okta.sendPin', 'refused');
    await expect(harness.run('send-pin')).resolves.toEqual({
      result: { outcome: 'done', why: 'not sent again: mail_refused' },
      held: null,
    });
    expect(harness.shipment()).toMatchObject({
      plan: { order, pin: 'sent' },
      hold: null,
      pin: { sentAt: startOfTime },
    });
  });

  test.each<Fault>([
    'no_response_before',
    'no_response_after',
    'late_effect',
    'unreachable',
    'rate_limited',
    'unauthorized',
    'process_dies_before',
    'process_dies_after',
  ])('comes to its end when a call fails (%s)', async (fault) => {
    for (const call of ['okta.readUser', 'okta.sendPin', 'ledger.move']) {
      if (call === 'ledger.move' && !fault.startsWith('process_dies')) continue;
      const harness = resendRequested();
      harness.fail(call, fault);
      await drive(harness);
      expect(harness.shipment().plan).toMatchObject({ order: 'closed', pin: 'sent' });
      expect(harness.org.pinMails.length).toBeGreaterThanOrEqual(1);
      expect(harness.ledger.violations).toEqual([]);
    }
  });

  test('is not sent at all where we mailed it: the sealed copy is gone', () => {
    const harness = createHarness({
      shipment: {
        ...stages.active,
        plan: { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin: 'sent' },
        pin: { sentTo: 'z…@work.example', sentAt: startOfTime },
      },
    });
    expect(operatorActions['resend-pin'](harness.shipment())).toEqual({ outcome: 'refused', code: 'pin_forgotten' });
  });
});
