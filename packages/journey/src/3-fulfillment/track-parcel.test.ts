import { describe, expect, test } from '@jest/globals';

import { recheck } from '../requests/recheck.ts';
import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import { checkedProfile, product, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const { firstAfterMs, everyMs } = sampleTenant.polling;

/** A house with an order at the provider, at the time of the first look. */
function placedHouse(route: number[], shipment: SampleShipment = {}, settings: HouseSettings = {}): House {
  const house = openHouse({ ...settings, shipment: { ...stages.placed, ...shipment } });
  house.provider.route = route;
  house.provider.orders.push(orderOf('order-1', 'shp_1-1'));
  house.line.advanceTo(startOfTime.getTime() + firstAfterMs);
  return house;
}

function orderOf(orderId: string, reference: string): House['provider']['orders'][number] {
  const profile = checkedProfile();
  const envelopes = { pinRequestJwe: 'pin request key0', credRequestJwe: 'credential request key0' };
  const request = { profile, product, reference, recipientEmail: profile.email, deliveryType: 1, ...envelopes };
  const place = { carrier: null, trackingNumber: null, isDeleted: false, isFinal: false, looks: 0, stateId: 3 };
  return { orderId, reference, createdAt: startOfTime, request, ...place };
}

describe('polling', () => {
  test('begins some time after the order was placed', async () => {
    const house = openHouse({ shipment: stages.placed });
    const { result } = await house.pass('track-parcel');
    expect(result).toMatchObject({ outcome: 'later', why: 'the first look' });
    expect(result.outcome === 'later' ? result.afterMs : 0).toBeGreaterThan(firstAfterMs - 100);
    expect(house.calls).toEqual([]);
  });

  test('goes on at its interval', async () => {
    const house = placedHouse([3]);
    for (let look = 0; look < 3; look += 1)
      await expect(house.pass('track-parcel')).resolves.toEqual({
        result: { outcome: 'later', afterMs: everyMs, why: 'provider state 3' },
        held: null,
      });
    expect(house.calls).toEqual(['provider.readOrder', 'provider.readOrder', 'provider.readOrder']);
  });

  test('goes on under a hold that it put on itself, and takes it off again', async () => {
    const house = placedHouse([6, 6, 100]);
    await expect(house.pass('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'address_suggested' },
    });
    await expect(house.pass('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'address_suggested' },
    });
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
  });

  test('goes on when the parcel is lost, for it may turn up again', async () => {
    const house = placedHouse([105, 104]);
    await expect(house.pass('track-parcel')).resolves.toMatchObject({
      result: { outcome: 'later' },
      held: { code: 'parcel_lost' },
    });
    await house.pass('track-parcel');
    expect(house.shipment()).toMatchObject({ plan: { parcel: 'delivered', programmed: true }, hold: null });
  });

  test('ends when the key is delivered and its answer is here', async () => {
    const house = placedHouse([103, 104]);
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment()).toMatchObject({ plan: { parcel: 'in_transit', programmed: true, pin: 'sealed' } });
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('goes on when the key is delivered and its answer is not', async () => {
    const house = placedHouse([104]);
    house.provider.tamper = () => null;
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    house.provider.tamper = (key) => key;
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'done' } });
  });

  test('sees a key that goes from exception to delivered between two looks', async () => {
    const house = placedHouse([106, 104]);
    house.provider.programmedFrom = 106;
    await house.pass('track-parcel');
    expect(house.shipment()).toMatchObject({ plan: { parcel: 'exception', programmed: true } });
    await house.pass('track-parcel');
    expect(house.shipment().plan.parcel).toBe('delivered');
  });
});

describe('an order that the provider does not know', () => {
  test('is held, and still polled; when it is there again the hold goes', async () => {
    const house = placedHouse([3]);
    house.fail('provider.readOrder', 'not_found', 'not_found');
    for (let look = 0; look < 2; look += 1)
      await expect(house.pass('track-parcel')).resolves.toMatchObject({
        result: { outcome: 'later', afterMs: everyMs },
        held: { code: 'order_missing', problems: [{ field: 'order', code: 'not_found' }] },
      });
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
    expect(house.ledger.history.map(({ event }) => event)).toEqual(['shipment.held', 'shipment.released_by_provider']);
  });
});

describe('a failure of the provider', () => {
  test.each(['lost_before', 'unreachable', 'rate_limited', 'unauthorized', 'refused'] as const)(
    '(%s) changes nothing about the shipment',
    async (fate) => {
      const house = placedHouse([3]);
      const before = house.shipment();
      house.fail('provider.readOrder', fate);
      await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
      expect(house.shipment()).toEqual(before);
    },
  );
});

describe('an alarm', () => {
  test.each([106, 107, 108, 110, 9999])('is raised once when state %i is first seen', async (stateId) => {
    const house = placedHouse([stateId]);
    await house.pass('track-parcel');
    await house.pass('track-parcel');
    expect(house.alarms).toEqual([{ code: 'provider_state', detail: { shipment: 'shp_1', stateId } }]);
    expect(house.shipment().plan.held).toBe(false);
  });
});

describe('after an order was made more than once', () => {
  const twice = { intents: { order: { at: startOfTime.toISOString(), reference: 'shp_1-2', attempt: 2 } } };

  test('what the first attempt left is deleted, ours and those of others are not', async () => {
    const house = placedHouse([3], twice);
    house.provider.orders.push(orderOf('stray', 'shp_1-1'), orderOf('others', 'shp_11-1'));
    await house.pass('track-parcel');
    expect(house.provider.orders.filter(({ isDeleted }) => isDeleted).map(({ orderId }) => orderId)).toEqual(['stray']);
    expect(house.alarms).toEqual([{ code: 'stray_order', detail: { shipment: 'shp_1', order: 'stray' } }]);
    expect(house.shipment().hold).toBeNull();
  });

  test('one that is deleted already is no trouble', async () => {
    const house = placedHouse([3], twice);
    house.provider.orders.push(orderOf('stray', 'shp_1-1'));
    house.fail('provider.deleteOrder', 'not_found');
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ held: null });
  });

  test('one that is locked is for a person, once: who lifts the hold knows of it', async () => {
    const house = placedHouse([3], twice);
    house.provider.orders.push({ ...orderOf('stray', 'shp_1-1'), stateId: 100 });
    await expect(house.pass('track-parcel')).resolves.toMatchObject({
      held: { code: 'order_duplicated', problems: [{ field: 'order', code: 'a_second_order_is_locked' }] },
    });
    house.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ held: null });
  });

  test('nothing else is decided while a stray may still be there', async () => {
    const house = placedHouse([104], twice);
    house.provider.orders.push(orderOf('stray', 'shp_1-1'));
    house.fail('provider.deleteOrder', 'lost_before');
    await expect(house.pass('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment().plan.parcel).toBe('preparing');
  });

  test('nobody looks for strays of an order that was made once', async () => {
    const house = placedHouse([3]);
    await house.pass('track-parcel');
    expect(house.calls).not.toContain('provider.findOrders');
  });
});
