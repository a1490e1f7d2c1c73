import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import { openHouse, type House } from '../testing/harness.ts';
import { checkedProfile, product, sampleTenant } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { removeStrays } from './remove-orphan-orders.ts';

/** An order that the provider has, and that somebody wants back. */
async function cancelling(): Promise<House> {
  const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
  house.org.enrollments.push({
    id: 'fwf0',
    keyId: 'key0',
    userId: '00u1',
    status: 'FULFILLMENT_PENDING',
    createdAt: house.line.now(),
  });
  await house.pass('place-order');
  cancel(house);
  return house;
}

function cancel({ ledger, shipment }: House): void {
  const asked = operatorActions.cancel(shipment());
  expect(asked.outcome).toBe('granted');
  ledger.move('shp_1', () => (asked.outcome === 'granted' ? asked.decision : null));
}

const ordersOf = ({ provider }: House): boolean[] => provider.orders.map(({ isDeleted }) => isDeleted);

describe('an order that nobody wants any more', () => {
  test('goes, then its enrollment, and the shipment has ended', async () => {
    const house = await cancelling();
    expect(house.shipment().plan).toMatchObject({ order: 'cancelling', credential: 'pending' });
    await expect(house.pass('cancel-order')).resolves.toEqual({
      result: { outcome: 'done', why: 'cancelled' },
      held: null,
    });
    expect(ordersOf(house)).toEqual([true]);
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await expect(house.pass('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.org.enrollments).toEqual([]);
    expect(house.shipment()).toMatchObject({
      plan: { order: 'cancelled', credential: 'none' },
      credential: { enrollmentId: null, keyId: null },
    });
    expect(house.alarms).toEqual([]);
  });

  test('that the provider has deleted by itself is gone, too', async () => {
    const house = await cancelling();
    house.provider.orders = [];
    await house.pass('cancel-order');
    expect(house.shipment().plan.order).toBe('cancelled');
  });

  test('that the provider has locked goes on as if nobody had asked, and somebody is told', async () => {
    const house = await cancelling();
    for (const order of house.provider.orders) order.stateId = 100;
    await expect(house.pass('cancel-order')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'the provider has locked the order' },
    });
    expect(house.shipment()).toMatchObject({ plan: { order: 'placed', cancelRequested: false }, hold: null });
    expect(house.alarms).toMatchObject([{ code: 'cancel_refused', detail: { shipment: 'shp_1', status: 409 } }]);
    expect(house.ledger.history.at(-1)).toMatchObject({ event: 'cancel.refused' });
    expect(ordersOf(house)).toEqual([false]);
  });

  test.each(['lost_before', 'lost_after', 'late', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'is asked for again when no answer came (%s), with the shipment as it was',
    async (fate) => {
      const house = await cancelling();
      const before = house.shipment();
      house.fail('provider.deleteOrder', fate);
      await expect(house.pass('cancel-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment()).toEqual(before);
      house.line.advanceTo(house.line.nowMs() + 10 * 60_000);
      await house.pass('cancel-order');
      expect(house.shipment().plan.order).toBe('cancelled');
      expect(ordersOf(house)).toEqual([true]);
    },
  );

  test('and that is taken back by two at once, is taken back once', async () => {
    const house = await cancelling();
    house.line.onEffect = (name) => {
      if (name !== 'provider.deleteOrder') return;
      house.ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'order.cancelled' } }));
    };
    await house.pass('cancel-order');
    expect(house.ledger.history.map(({ event }) => event).filter((event) => event === 'order.cancelled')).toHaveLength(
      1,
    );
    expect(house.ledger.violations).toEqual([]);
  });

  test('is not held for another order that is locked, which is told instead', async () => {
    const house = await cancelling();
    await removeStrays(house.context, house.shipment(), [{ orderId: 'order-1' }]);
    for (const order of house.provider.orders) Object.assign(order, { isDeleted: false, stateId: 100 });
    await removeStrays(house.context, house.shipment(), [{ orderId: 'order-1' }]);
    expect(house.shipment()).toMatchObject({ plan: { order: 'cancelling' }, hold: null });
    expect(house.alarms.map(({ code }) => code)).toEqual(['stray_order', 'stray_order']);
    expect(house.ledger.history.map(({ event }) => event)).not.toContain('shipment.held');
  });
});

describe('a cancel while the order is under way', () => {
  test('lets the order be placed, and takes it back', async () => {
    const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
    house.line.onEffect = (name) => {
      if (name === 'provider.placeOrder') cancel(house);
    };
    await house.pass('place-order');
    expect(house.shipment()).toMatchObject({
      plan: { order: 'cancelling', credential: 'pending', inSlot: false },
      order: { providerId: 'order-1' },
    });
  });

  test.each(['refused', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'cancels at once when nothing was ordered (%s), and asks nobody',
    async (fate) => {
      const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
      house.line.onEffect = (name) => {
        if (name === 'provider.placeOrder') cancel(house);
      };
      house.fail('provider.placeOrder', fate);
      await house.pass('place-order');
      expect(house.shipment()).toMatchObject({
        plan: { order: 'cancelled', credential: 'pending', held: false },
        hold: null,
      });
    },
  );

  test('looks first for an order whose answer was lost, and waits for it longer than anybody else', async () => {
    const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
    house.fail('provider.placeOrder', 'late');
    await house.pass('place-order');
    cancel(house);
    const intendedMs = Date.parse(house.shipment().intents.order?.at ?? '');
    await expect(house.pass('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
    house.line.advanceTo(intendedMs + sampleTenant.settleMs);
    await house.pass('place-order');
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await expect(house.pass('delete-enrollment')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'waiting whether the unanswered order appears' },
    });
    house.line.advanceTo(intendedMs + 2 * sampleTenant.settleMs);
    expect(ordersOf(house)).toEqual([false]);
    await house.pass('delete-enrollment');
    expect(ordersOf(house)).toEqual([true]);
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
    expect(house.alarms).toMatchObject([{ code: 'stray_order' }]);
  });

  test('is seen to also when the order before had been given up', async () => {
    const intents = { order: { at: '2026-03-02T09:00:00.000Z', reference: 'shp_1-1', attempt: 1 } };
    const house = openHouse({ shipment: { ...stages.ready, intents } });
    cancel(house);
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await house.context.fulfillment.placeOrder('acme', {
      profile: checkedProfile(),
      recipientEmail: 'zuzana@work.example',
      product,
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    });
    house.line.advanceTo(house.line.nowMs() + 2 * sampleTenant.settleMs);
    await house.pass('delete-enrollment');
    expect(ordersOf(house)).toEqual([true]);
    expect(house.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
  });

  test('has an order taken back that somebody made who stood still in between', async () => {
    const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
    house.line.onEffect = (name) => {
      if (name !== 'provider.placeOrder') return;
      cancel(house);
      house.ledger.move('shp_1', () => ({ change: { order: 'enrolled' }, note: { event: 'order.given_up' } }));
    };
    await house.pass('place-order');
    expect(house.shipment().plan.order).toBe('cancelled');
    expect(ordersOf(house)).toEqual([true]);
    expect(house.alarms).toMatchObject([{ code: 'stray_order', detail: { order: 'order-1' } }]);
  });
});
