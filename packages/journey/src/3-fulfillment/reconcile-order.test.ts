import { describe, expect, test } from '@jest/globals';

import { openHouse, type House } from '../testing/harness.ts';
import type { Fate } from '../testing/call-log.ts';
import { ordersThatSurvive } from '../testing/provider.ts';
import { sampleTenant, startOfTime } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

/** A house whose first order got no answer. */
async function houseWithLostOrder(fate: Fate): Promise<House> {
  const house = openHouse({ shipment: stages.enrolled });
  const enrollment = { id: 'fwf0', keyId: 'key0', userId: '00u1', createdAt: startOfTime };
  house.org.enrollments.push({ ...enrollment, status: 'FULFILLMENT_PENDING' });
  house.fail('provider.placeOrder', fate);
  await house.pass('place-order');
  expect(house.shipment().plan).toMatchObject({ order: 'placing', inSlot: true });
  house.calls.splice(0);
  return house;
}

const settle = ({ line }: House): void => line.advanceTo(line.nowMs() + sampleTenant.settleMs);

describe('an order whose answer was lost', () => {
  test('is adopted by its reference', async () => {
    const house = await houseWithLostOrder('lost_after');
    await expect(house.pass('place-order')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.calls).toEqual(['provider.findOrders', 'move order.placed']);
    expect(house.shipment()).toMatchObject({
      plan: { order: 'placed', parcel: 'preparing' },
      order: { providerId: 'order-1', providerState: 3 },
    });
    expect(house.shipment().secrets.requestEnvelopes).toBeUndefined();
    expect(house.provider.orders).toHaveLength(1);
  });

  test('is looked for since the request, for two clocks never agree', async () => {
    const house = await houseWithLostOrder('lost_after');
    const [order] = house.provider.orders;
    if (order !== undefined) order.createdAt = startOfTime;
    await house.pass('place-order');
    expect(house.shipment().plan.order).toBe('placed');
  });

  test('is waited for as long as it might still appear', async () => {
    const house = await houseWithLostOrder('lost_before');
    const { result } = await house.pass('place-order');
    expect(result).toMatchObject({ outcome: 'later', why: 'waiting whether the unanswered order appears' });
    expect(result.outcome === 'later' ? result.afterMs : 0).toBeGreaterThan(sampleTenant.settleMs - 1_000);
    expect(house.shipment().plan).toMatchObject({ order: 'placing', inSlot: true });
    expect(house.calls).toEqual(['provider.findOrders']);
  });

  test('and is not there is given up, and that is committed before the enrollment is deleted', async () => {
    const house = await houseWithLostOrder('lost_before');
    settle(house);
    await expect(house.pass('place-order')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.calls).toEqual([
      'provider.findOrders',
      'move order.given_up',
      'okta.deleteEnrollment',
      'move order.started_over',
    ]);
    expect(house.shipment()).toMatchObject({ plan: { order: 'ready', credential: 'none', inSlot: true } });
    expect(house.org.enrollments).toEqual([]);
  });

  test('is ordered again with a fresh enrollment and a reference of its own', async () => {
    const house = await houseWithLostOrder('lost_before');
    settle(house);
    await house.pass('place-order');
    await house.pass('enroll-credential');
    await house.pass('place-order');
    expect(house.provider.orders).toMatchObject([{ reference: 'shp_1-2' }]);
    expect(house.provider.orders[0]?.request.credRequestJwe).not.toBe('credential request key0');
    expect(house.shipment().intents.order).toMatchObject({ reference: 'shp_1-2', attempt: 2 });
  });

  test('and appears while the old enrollment is being deleted is no longer adopted', async () => {
    const house = await houseWithLostOrder('lost_before');
    settle(house);
    house.fail('okta.deleteEnrollment', 'lost_after');
    await house.pass('place-order');
    expect(house.shipment()).toMatchObject({ plan: { order: 'enrolled', credential: 'pending' } });
    expect(house.shipment().secrets.requestEnvelopes).toBeUndefined();
    house.calls.splice(0);
    await house.pass('place-order');
    expect(house.calls).toEqual(['okta.deleteEnrollment', 'move order.started_over']);
    expect(house.shipment().plan).toMatchObject({ order: 'ready', credential: 'none' });
  });

  test('and is there twice is for a person to decide', async () => {
    const house = await houseWithLostOrder('lost_after');
    house.provider.orders.push(...house.provider.orders.map((order) => ({ ...order, orderId: 'order-2' })));
    await expect(house.pass('place-order')).resolves.toMatchObject({ held: { code: 'order_unclear' } });
    expect(house.shipment()).toMatchObject({
      plan: { order: 'placing', inSlot: false },
      hold: { problems: [{ field: 'order', code: 'more_than_one_with_our_reference' }] },
    });
    expect(house.alarms).toEqual([{ code: 'order_unclear', detail: { shipment: 'shp_1', orders: 2 } }]);
    house.provider.orders.pop();
    house.ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
    await house.pass('place-order');
    expect(house.shipment()).toMatchObject({ plan: { order: 'placed' }, order: { providerId: 'order-1' } });
  });

  test.each(['lost_before', 'unreachable', 'unauthorized'] as const)(
    'stays lost while the provider does not answer (%s)',
    async (fate) => {
      const house = await houseWithLostOrder('lost_after');
      house.fail('provider.findOrders', fate);
      settle(house);
      await expect(house.pass('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment().plan.order).toBe('placing');
      expect(house.provider.orders).toHaveLength(1);
    },
  );
});

describe('an earlier attempt that appears only when the next one got lost', () => {
  async function houseWithLateOrder(stateId: number): Promise<House> {
    const house = await houseWithLostOrder('late');
    settle(house);
    await house.pass('place-order');
    await house.pass('enroll-credential');
    house.fail('provider.placeOrder', 'lost_before');
    await house.pass('place-order');
    house.line.advanceTo(house.line.nowMs() + 3_600_000);
    const [late] = house.provider.orders;
    expect(late?.reference).toBe('shp_1-1');
    if (late !== undefined) late.stateId = stateId;
    return house;
  }

  test('is deleted before a third one is made', async () => {
    const house = await houseWithLateOrder(3);
    await house.pass('place-order');
    expect(ordersThatSurvive(house.provider)).toEqual([]);
    expect(house.shipment().plan.order).toBe('ready');
  });

  test('is for a person when the provider has locked it: no third one is made, however often it is retried', async () => {
    const house = await houseWithLateOrder(100);
    for (let time = 0; time < 3; time += 1) {
      await expect(house.pass('place-order')).resolves.toMatchObject({ held: { code: 'order_duplicated' } });
      house.ledger.move('shp_1', ({ hold }) => ({
        change: { hold: null, liftedHold: hold },
        note: { event: 'shipment.rechecked' },
      }));
    }
    expect(house.provider.orders).toHaveLength(1);
    expect(house.shipment().plan.order).toBe('placing');
  });
});
