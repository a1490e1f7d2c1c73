import { describe, expect, test } from '@jest/globals';

import type { StepName } from '../model/plan.ts';
import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const inSlot = { inSlot: true } as const;
const released = { ...stages.active.plan, pin: 'released' } as const;
const fromHris: HarnessSettings = { tenant: { sources: { address: ['hris', 'okta'] } } };
const byOkta = { ...sampleTenant.pin, channel: 'okta' as const };

function harnessWith(shipment: SampleShipment, settings: HarnessSettings = {}): Harness {
  const harness = createHarness({ ...settings, shipment });
  harness.org.groups.push({ id: '00g1', name: 'Keys', members: ['00u1'] });
  harness.org.enrollments.push({
    id: 'fwf0',
    keyId: 'key0',
    userId: '00u1',
    status: 'pending',
    createdAt: startOfTime,
  });
  harness.log.advanceTo(startOfTime.getTime() + 20 * 60_000);
  return harness;
}

/** Each call that can be forbidden for one user, group or order, in its step. */
const calls: [name: string, step: StepName, shipment: SampleShipment, settings?: HarnessSettings][] = [
  ['okta.readUser', 'check-profile', {}],
  ['okta.isMember', 'check-profile', { groupId: '00g1' }],
  ['hris.readPerson', 'check-profile', {}, fromHris],
  ['okta.listEnrollments', 'enroll-credential', { ...stages.ready, plan: { ...stages.ready.plan, ...inSlot } }],
  ['okta.enroll', 'enroll-credential', { ...stages.ready, plan: { ...stages.ready.plan, ...inSlot } }],
  ['provider.placeOrder', 'place-order', { ...stages.enrolled, plan: { ...stages.enrolled.plan, ...inSlot } }],
  ['okta.activate', 'activate-credential', stages.programmed],
  ['okta.readUser', 'release-pin', stages.active],
  ['okta.sendPin', 'send-pin', { ...stages.active, plan: released, pinPolicy: byOkta }, { tenant: { pin: byOkta } }],
];

describe('a call that a service forbids for this shipment alone', () => {
  test.each(calls)(
    '%s in %s holds it, pauses no one, and continues after a retry',
    async (name, step, shipment, settings) => {
      const harness = harnessWith(shipment, settings);
      harness.fail(name, 'forbidden');
      const service = name.startsWith('provider') ? 'provider' : name.slice(0, name.indexOf('.'));
      const { result, held } = await harness.run(step);
      expect(result).toMatchObject({ outcome: 'stop' });
      expect(held).toMatchObject({ code: `${service}_forbidden`, problems: [{ code: 'forbidden' }] });
      expect(harness.ledger.pausedUntilMs).toBe(0);
      expect(harness.shipment().plan.inSlot).toBe(false);
      harness.ledger.move('shp_1', (current) => recheck(current, 'operator'));
      expect(harness.shipment().hold).toBeNull();
    },
  );

  test.each(calls)(
    '%s in %s that is unauthorized pauses the tenant, and holds no one',
    async (name, step, shipment, settings) => {
      const harness = harnessWith(shipment, settings);
      harness.fail(name, 'unauthorized');
      await expect(harness.run(step)).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
      expect(harness.ledger.pausedUntilMs > 0).toBe(name !== 'hris.readPerson');
    },
  );
});

test('a forbidden order stays tracked: the hold is lifted as soon as the provider allows it again', async () => {
  const harness = harnessWith(stages.placed);
  harness.provider.orders.push({
    orderId: 'order-1',
    reference: 'shp_1-1',
    stateId: 3,
    createdAt: startOfTime,
    request: {
      profile: stages.placed.secrets.profile,
      recipientEmail: '',
      product: sampleTenant.products[0] ?? { productId: '', inventoryProductId: '', customizationId: '' },
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    },
    isDeleted: false,
    isFinal: false,
    polls: 0,
    carrier: null,
    trackingNumber: null,
  });
  harness.fail('provider.readOrder', 'forbidden', 'forbidden');
  for (const _ of [1, 2])
    await expect(harness.run('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'provider_forbidden' },
    });
  expect(harness.ledger.history.filter(({ event }) => event === 'shipment.held')).toHaveLength(1);
  await harness.run('track-parcel');
  expect(harness.shipment().hold).toBeNull();
});

test.each<[string, StepName, SampleShipment, string]>([
  [
    'being cancelled',
    'cancel-order',
    { ...stages.placed, plan: { ...stages.placed.plan, order: 'cancelling' } },
    'provider.deleteOrder',
  ],
  [
    'cancelled',
    'delete-enrollment',
    { ...stages.enrolled, plan: { ...stages.enrolled.plan, order: 'cancelled' } },
    'okta.deleteEnrollment',
  ],
  [
    'being revoked',
    'revoke-credential',
    { ...stages.active, plan: { ...stages.active.plan, revokeRequested: true } },
    'okta.deleteEnrollment',
  ],
])('a shipment that is %s is not held, but retried later with an alarm', async (_, step, shipment, name) => {
  const harness = harnessWith(shipment);
  harness.fail(name, 'forbidden');
  await expect(harness.run(step)).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
  expect(harness.alarms).toMatchObject([{ code: 'unexpected_refusal', detail: { shipment: 'shp_1', status: 403 } }]);
  expect(harness.ledger.history.map(({ event }) => event)).not.toContain('shipment.held');
});

test.each(['release-pin', 'send-pin'] as const)(
  'a resend that Okta forbids (%s) is refused, and holds nothing',
  async (step) => {
    const pin = step === 'release-pin' ? 'sealed' : 'released';
    const plan = { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin, releaseOverridden: true } as const;
    const harness = harnessWith(
      { ...stages.active, plan, pinPolicy: byOkta, pin: { sentTo: null, sentAt: startOfTime } },
      { tenant: { pin: byOkta } },
    );
    harness.fail(step === 'release-pin' ? 'okta.readUser' : 'okta.sendPin', 'forbidden');
    await expect(harness.run(step)).resolves.toMatchObject({ result: { outcome: 'done' }, held: null });
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'sent' }, hold: null });
    expect(harness.ledger.history.at(-1)).toMatchObject({
      event: 'pin.resend_refused',
      detail: { code: 'okta_forbidden' },
    });
  },
);
