import { describe, expect, test } from '@jest/globals';

import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { checkedProfile, product, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const { firstAfterMs, everyMs } = sampleTenant.polling;

/** A harness with a placed order, at the time of the first poll. */
function placedHarness(route: number[], shipment: SampleShipment = {}, settings: HarnessSettings = {}): Harness {
  const harness = createHarness({ ...settings, shipment: { ...stages.placed, ...shipment } });
  harness.provider.route = route;
  harness.provider.orders.push(orderOf('order-1', 'shp_1-1'));
  harness.log.advanceTo(startOfTime.getTime() + firstAfterMs);
  return harness;
}

function orderOf(orderId: string, reference: string): Harness['provider']['orders'][number] {
  const profile = checkedProfile();
  const envelopes = { pinRequestJwe: 'pin request key0', credRequestJwe: 'credential request key0' };
  const request = { profile, product, reference, recipientEmail: profile.email, deliveryType: 1, ...envelopes };
  const place = { carrier: null, trackingNumber: null, isDeleted: false, isFinal: false, polls: 0, stateId: 3 };
  return { orderId, reference, createdAt: startOfTime, request, ...place };
}

describe('polling', () => {
  test('begins some time after the order was placed', async () => {
    const harness = createHarness({ shipment: stages.placed });
    const { result } = await harness.run('track-parcel');
    expect(result).toMatchObject({ outcome: 'later', why: 'the first poll is not due' });
    expect(result.outcome === 'later' ? result.afterMs : 0).toBeGreaterThan(firstAfterMs - 100);
    expect(harness.calls).toEqual([]);
  });

  test('continues at its interval', async () => {
    const harness = placedHarness([3]);
    for (let poll = 0; poll < 3; poll += 1)
      await expect(harness.run('track-parcel')).resolves.toEqual({
        result: { outcome: 'later', afterMs: everyMs, why: 'provider state 3' },
        held: null,
      });
    expect(harness.calls).toEqual(['provider.readOrder', 'provider.readOrder', 'provider.readOrder']);
  });

  test('continues under a hold that it set itself, and lifts it again', async () => {
    const harness = placedHarness([6, 6, 100]);
    await expect(harness.run('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'address_suggested' },
    });
    await expect(harness.run('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'address_suggested' },
    });
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
  });

  test('continues when the parcel is lost, since it may be found again', async () => {
    const harness = placedHarness([105, 104]);
    await expect(harness.run('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'parcel_lost' },
    });
    await harness.run('track-parcel');
    expect(harness.shipment()).toMatchObject({ plan: { parcel: 'delivered', programmed: true }, hold: null });
  });

  test('ends when the key is delivered and programmed', async () => {
    const harness = placedHarness([103, 104]);
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment()).toMatchObject({ plan: { parcel: 'in_transit', programmed: true, pin: 'sealed' } });
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('continues when the key is delivered and its envelopes are missing', async () => {
    const harness = placedHarness([104]);
    harness.provider.tamper = () => null;
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    harness.provider.tamper = (key) => key;
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('notices a key that goes from exception to delivered between two polls', async () => {
    const harness = placedHarness([106, 104]);
    harness.provider.programmedFrom = 106;
    await harness.run('track-parcel');
    expect(harness.shipment()).toMatchObject({ plan: { parcel: 'exception', programmed: true } });
    await harness.run('track-parcel');
    expect(harness.shipment().plan.parcel).toBe('delivered');
  });
});

describe('an order that the provider does not know', () => {
  test('is held, and still polled; when it is found again the hold is lifted', async () => {
    const harness = placedHarness([3]);
    harness.fail('provider.readOrder', 'not_found', 'not_found');
    for (let poll = 0; poll < 2; poll += 1)
      await expect(harness.run('track-parcel')).resolves.toMatchObject({
        result: { outcome: 'later', afterMs: everyMs },
        held: { code: 'order_missing', problems: [{ field: 'order', code: 'not_found' }] },
      });
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
    expect(harness.ledger.history.map(({ event }) => event)).toEqual([
      'shipment.held',
      'shipment.released_by_provider',
    ]);
  });
});

describe('a failure of the provider', () => {
  test.each(['no_response_before', 'unreachable', 'rate_limited', 'unauthorized', 'refused'] as const)(
    '(%s) changes nothing about the shipment',
    async (fault) => {
      const harness = placedHarness([3]);
      const before = harness.shipment();
      harness.fail('provider.readOrder', fault);
      await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
      expect(harness.shipment()).toEqual(before);
    },
  );
});

describe('an alarm', () => {
  test.each([106, 107, 108, 110, 9999])('is raised once when state %i is first reported', async (stateId) => {
    const harness = placedHarness([stateId]);
    await harness.run('track-parcel');
    await harness.run('track-parcel');
    expect(harness.alarms).toEqual([{ code: 'provider_state', detail: { shipment: 'shp_1', stateId } }]);
    expect(harness.shipment().plan.held).toBe(false);
  });
});

describe('after an order was intended more than once', () => {
  const twice = { intents: { order: { at: startOfTime.toISOString(), reference: 'shp_1-2', attempt: 2 } } };

  test('the order of the first attempt is deleted; ours and those of others are not', async () => {
    const harness = placedHarness([3], twice);
    harness.provider.orders.push(orderOf('order-0', 'shp_1-1'), orderOf('others', 'shp_11-1'));
    await harness.run('track-parcel');
    expect(harness.provider.orders.filter(({ isDeleted }) => isDeleted).map(({ orderId }) => orderId)).toEqual([
      'order-0',
    ]);
    expect(harness.alarms).toEqual([{ code: 'orphan_order', detail: { shipment: 'shp_1', order: 'order-0' } }]);
    expect(harness.shipment().hold).toBeNull();
  });

  test('one that is deleted already raises no hold', async () => {
    const harness = placedHarness([3], twice);
    harness.provider.orders.push(orderOf('order-0', 'shp_1-1'));
    harness.fail('provider.deleteOrder', 'not_found');
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ held: null });
  });

  test('one that is locked is held once: the operator who lifts the hold knows of it', async () => {
    const harness = placedHarness([3], twice);
    harness.provider.orders.push({ ...orderOf('order-0', 'shp_1-1'), stateId: 100 });
    await expect(harness.run('track-parcel')).resolves.toMatchObject({
      held: { code: 'order_duplicated', problems: [{ field: 'order', code: 'a_second_order_is_locked' }] },
    });
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ held: null });
  });

  test('nothing else is decided while an orphan order may still exist', async () => {
    const harness = placedHarness([104], twice);
    harness.provider.orders.push(orderOf('order-0', 'shp_1-1'));
    harness.fail('provider.deleteOrder', 'no_response_before');
    await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.parcel).toBe('preparing');
  });

  test('an order that was intended once is not searched for orphan orders', async () => {
    const harness = placedHarness([3]);
    await harness.run('track-parcel');
    expect(harness.calls).not.toContain('provider.findOrders');
  });
});
