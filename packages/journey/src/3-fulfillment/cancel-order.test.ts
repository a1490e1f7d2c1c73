import { describe, expect, test } from '@jest/globals';

import { operatorActions } from '../requests/operator-actions.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { checkedProfile, product, sampleTenant } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { removeOrphanOrders } from './reconcile-order.ts';

/** A placed order for which a cancel was requested. */
async function cancelling(): Promise<Harness> {
  const harness = createHarness({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
  harness.org.enrollments.push({
    id: 'fwf0',
    keyId: 'key0',
    userId: '00u1',
    status: 'pending',
    createdAt: harness.log.now(),
  });
  await harness.run('place-order');
  cancel(harness);
  return harness;
}

function cancel({ ledger, shipment }: Harness): void {
  const result = operatorActions.cancel(shipment());
  expect(result.outcome).toBe('granted');
  ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
}

const ordersOf = ({ provider }: Harness): boolean[] => provider.orders.map(({ isDeleted }) => isDeleted);

describe('an order that is cancelled', () => {
  test('is deleted, then its enrollment, and the shipment ends', async () => {
    const harness = await cancelling();
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelling', credential: 'pending' });
    await expect(harness.run('cancel-order')).resolves.toEqual({
      result: { outcome: 'done', why: 'cancelled' },
      held: null,
    });
    expect(ordersOf(harness)).toEqual([true]);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await expect(harness.run('delete-enrollment')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.org.enrollments).toEqual([]);
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'cancelled', credential: 'none' },
      credential: { enrollmentId: null, keyId: null },
    });
    expect(harness.alarms).toEqual([]);
  });

  test('that the provider has deleted by itself is cancelled, too', async () => {
    const harness = await cancelling();
    harness.provider.orders = [];
    await harness.run('cancel-order');
    expect(harness.shipment().plan.order).toBe('cancelled');
  });

  test('that the provider has locked continues as if it had not been cancelled, with an alarm', async () => {
    const harness = await cancelling();
    for (const order of harness.provider.orders) order.stateId = 100;
    await expect(harness.run('cancel-order')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'the provider has locked the order' },
    });
    expect(harness.shipment()).toMatchObject({ plan: { order: 'placed', cancelRequested: false }, hold: null });
    expect(harness.alarms).toMatchObject([{ code: 'cancel_refused', detail: { shipment: 'shp_1', status: 409 } }]);
    expect(harness.ledger.history.at(-1)).toMatchObject({ event: 'cancel.refused' });
    expect(ordersOf(harness)).toEqual([false]);
  });

  test.each([
    'no_response_before',
    'no_response_after',
    'late_effect',
    'unreachable',
    'rate_limited',
    'unauthorized',
  ] as const)('is asked for again when no answer came (%s), with the shipment as it was', async (fault) => {
    const harness = await cancelling();
    const before = harness.shipment();
    harness.fail('provider.deleteOrder', fault);
    await expect(harness.run('cancel-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment()).toEqual(before);
    harness.log.advanceTo(harness.log.nowMs() + 10 * 60_000);
    await harness.run('cancel-order');
    expect(harness.shipment().plan.order).toBe('cancelled');
    expect(ordersOf(harness)).toEqual([true]);
  });

  test('is deleted once by two concurrent attempts', async () => {
    const harness = await cancelling();
    harness.log.onEffect = (name) => {
      if (name !== 'provider.deleteOrder') return;
      harness.ledger.move('shp_1', () => ({ change: { order: 'cancelled' }, note: { event: 'order.cancelled' } }));
    };
    await harness.run('cancel-order');
    expect(
      harness.ledger.history.map(({ event }) => event).filter((event) => event === 'order.cancelled'),
    ).toHaveLength(1);
    expect(harness.ledger.violations).toEqual([]);
  });

  test('is not held for another order that is locked, which raises an alarm', async () => {
    const harness = await cancelling();
    await removeOrphanOrders(harness.context, harness.shipment(), [{ orderId: 'order-1' }]);
    for (const order of harness.provider.orders) Object.assign(order, { isDeleted: false, stateId: 100 });
    await removeOrphanOrders(harness.context, harness.shipment(), [{ orderId: 'order-1' }]);
    expect(harness.shipment()).toMatchObject({ plan: { order: 'cancelling' }, hold: null });
    expect(harness.alarms.map(({ code }) => code)).toEqual(['orphan_order', 'orphan_order']);
    expect(harness.ledger.history.map(({ event }) => event)).not.toContain('shipment.held');
  });
});

describe('a cancel during the call for the order', () => {
  test('lets the order be placed, and deletes it', async () => {
    const harness = createHarness({
      shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } },
    });
    harness.log.onEffect = (name) => {
      if (name === 'provider.placeOrder') cancel(harness);
    };
    await harness.run('place-order');
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'cancelling', credential: 'pending', inSlot: false },
      order: { providerId: 'order-1' },
    });
  });

  test.each(['refused', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'cancels at once when nothing was ordered (%s), without a hold',
    async (fault) => {
      const harness = createHarness({
        shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } },
      });
      harness.log.onEffect = (name) => {
        if (name === 'provider.placeOrder') cancel(harness);
      };
      harness.fail('provider.placeOrder', fault);
      await harness.run('place-order');
      expect(harness.shipment()).toMatchObject({
        plan: { order: 'cancelled', credential: 'pending', held: false },
        hold: null,
      });
    },
  );

  test('looks first for an order whose response was lost, and waits for it twice as long', async () => {
    const harness = createHarness({
      shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } },
    });
    harness.fail('provider.placeOrder', 'late_effect');
    await harness.run('place-order');
    cancel(harness);
    const intendedMs = Date.parse(harness.shipment().intents.order?.at ?? '');
    await expect(harness.run('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
    harness.log.advanceTo(intendedMs + sampleTenant.reconcileAfterMs);
    await harness.run('place-order');
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await expect(harness.run('delete-enrollment')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'waiting whether the unanswered order appears' },
    });
    harness.log.advanceTo(intendedMs + 2 * sampleTenant.reconcileAfterMs);
    expect(ordersOf(harness)).toEqual([false]);
    await harness.run('delete-enrollment');
    expect(ordersOf(harness)).toEqual([true]);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
    expect(harness.alarms).toMatchObject([{ code: 'orphan_order' }]);
  });

  test('deletes it also when the earlier order had been given up', async () => {
    const intents = { order: { at: '2026-03-02T09:00:00.000Z', reference: 'shp_1-1', attempt: 1 } };
    const harness = createHarness({ shipment: { ...stages.ready, intents } });
    cancel(harness);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    await harness.context.fulfillment.placeOrder('acme', {
      profile: checkedProfile(),
      recipientEmail: 'zuzana@work.example',
      product,
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    });
    harness.log.advanceTo(harness.log.nowMs() + 2 * sampleTenant.reconcileAfterMs);
    await harness.run('delete-enrollment');
    expect(ordersOf(harness)).toEqual([true]);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', credential: 'none' });
  });

  test('deletes an order of an attempt that stalled in between', async () => {
    const harness = createHarness({
      shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } },
    });
    harness.log.onEffect = (name) => {
      if (name !== 'provider.placeOrder') return;
      cancel(harness);
      harness.ledger.move('shp_1', () => ({ change: { order: 'enrolled' }, note: { event: 'order.given_up' } }));
    };
    await harness.run('place-order');
    expect(harness.shipment().plan.order).toBe('cancelled');
    expect(ordersOf(harness)).toEqual([true]);
    expect(harness.alarms).toMatchObject([{ code: 'orphan_order', detail: { order: 'order-1' } }]);
  });
});
