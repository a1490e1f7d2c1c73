import { describe, expect, test } from '@jest/globals';

import type { Fault } from '../testing/call-log.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { ordersThatSurvive } from '../testing/provider.ts';
import { sampleTenant, startOfTime } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

/** A harness whose first order got no response. */
async function harnessWithUnansweredOrder(fault: Fault): Promise<Harness> {
  const harness = createHarness({ shipment: stages.enrolled });
  const enrollment = { id: 'fwf0', keyId: 'key0', userId: '00u1', createdAt: startOfTime };
  harness.org.enrollments.push({ ...enrollment, status: 'pending' });
  harness.fail('provider.placeOrder', fault);
  await harness.run('place-order');
  expect(harness.shipment().plan).toMatchObject({ order: 'placing', inSlot: true });
  harness.calls.splice(0);
  return harness;
}

const derive = ({ log }: Harness): void => log.advanceTo(log.nowMs() + sampleTenant.reconcileAfterMs);

describe('an order whose response was lost', () => {
  test('is adopted by its reference', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_after');
    await expect(harness.run('place-order')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.calls).toEqual(['provider.findOrders', 'move order.placed']);
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'placed', parcel: 'preparing' },
      order: { providerId: 'order-1', providerState: 3 },
    });
    expect(harness.shipment().secrets.requestEnvelopes).toBeUndefined();
    expect(harness.provider.orders).toHaveLength(1);
  });

  test('is looked for since the request, since two clocks never agree', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_after');
    const [order] = harness.provider.orders;
    if (order !== undefined) order.createdAt = startOfTime;
    await harness.run('place-order');
    expect(harness.shipment().plan.order).toBe('placed');
  });

  test('is waited for as long as it may still appear', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_before');
    const { result } = await harness.run('place-order');
    expect(result).toMatchObject({ outcome: 'later', why: 'waiting whether the unanswered order appears' });
    expect(result.outcome === 'later' ? result.afterMs : 0).toBeGreaterThan(sampleTenant.reconcileAfterMs - 1_000);
    expect(harness.shipment().plan).toMatchObject({ order: 'placing', inSlot: true });
    expect(harness.calls).toEqual(['provider.findOrders']);
  });

  test('and that does not appear is given up, which is committed before the enrollment is deleted', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_before');
    derive(harness);
    await expect(harness.run('place-order')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.calls).toEqual([
      'provider.findOrders',
      'move order.given_up',
      'okta.deleteEnrollment',
      'move order.started_over',
    ]);
    expect(harness.shipment()).toMatchObject({ plan: { order: 'ready', credential: 'none', inSlot: true } });
    expect(harness.org.enrollments).toEqual([]);
  });

  test('is ordered again with a fresh enrollment and a new reference', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_before');
    derive(harness);
    await harness.run('place-order');
    await harness.run('enroll-credential');
    await harness.run('place-order');
    expect(harness.provider.orders).toMatchObject([{ reference: 'shp_1-2' }]);
    expect(harness.provider.orders[0]?.request.credRequestJwe).not.toBe('credential request key0');
    expect(harness.shipment().intents.order).toMatchObject({ reference: 'shp_1-2', attempt: 2 });
  });

  test('and that appears while the old enrollment is being deleted is no longer adopted', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_before');
    derive(harness);
    harness.fail('okta.deleteEnrollment', 'no_response_after');
    await harness.run('place-order');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'enrolled', credential: 'pending' } });
    expect(harness.shipment().secrets.requestEnvelopes).toBeUndefined();
    harness.calls.splice(0);
    await harness.run('place-order');
    expect(harness.calls).toEqual(['okta.deleteEnrollment', 'move order.started_over']);
    expect(harness.shipment().plan).toMatchObject({ order: 'ready', credential: 'none' });
  });

  test('and that exists twice is held', async () => {
    const harness = await harnessWithUnansweredOrder('no_response_after');
    harness.provider.orders.push(...harness.provider.orders.map((order) => ({ ...order, orderId: 'order-2' })));
    await expect(harness.run('place-order')).resolves.toMatchObject({ held: { code: 'order_unclear' } });
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'placing', inSlot: false },
      hold: { problems: [{ field: 'order', code: 'more_than_one_with_our_reference' }] },
    });
    expect(harness.alarms).toEqual([{ code: 'order_unclear', detail: { shipment: 'shp_1', orders: 2 } }]);
    harness.provider.orders.pop();
    harness.ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
    await harness.run('place-order');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'placed' }, order: { providerId: 'order-1' } });
  });

  test.each(['no_response_before', 'unreachable', 'unauthorized'] as const)(
    'stays unknown while the provider does not respond (%s)',
    async (fault) => {
      const harness = await harnessWithUnansweredOrder('no_response_after');
      harness.fail('provider.findOrders', fault);
      derive(harness);
      await expect(harness.run('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(harness.shipment().plan.order).toBe('placing');
      expect(harness.provider.orders).toHaveLength(1);
    },
  );
});

describe('the order of an earlier attempt that appears only after the next got no response', () => {
  async function harnessWithOrphanOrder(stateId: number): Promise<Harness> {
    const harness = await harnessWithUnansweredOrder('late_effect');
    derive(harness);
    await harness.run('place-order');
    await harness.run('enroll-credential');
    harness.fail('provider.placeOrder', 'no_response_before');
    await harness.run('place-order');
    harness.log.advanceTo(harness.log.nowMs() + 3_600_000);
    const [late] = harness.provider.orders;
    expect(late?.reference).toBe('shp_1-1');
    if (late !== undefined) late.stateId = stateId;
    return harness;
  }

  test('is deleted before a third one is placed', async () => {
    const harness = await harnessWithOrphanOrder(3);
    await harness.run('place-order');
    expect(ordersThatSurvive(harness.provider)).toEqual([]);
    expect(harness.shipment().plan.order).toBe('ready');
  });

  test('is held when the provider has locked it: no third one is placed, with any number of retries', async () => {
    const harness = await harnessWithOrphanOrder(100);
    for (let time = 0; time < 3; time += 1) {
      await expect(harness.run('place-order')).resolves.toMatchObject({ held: { code: 'order_duplicated' } });
      harness.ledger.move('shp_1', ({ hold }) => ({
        change: { hold: null, liftedHold: hold },
        note: { event: 'shipment.rechecked' },
      }));
    }
    expect(harness.provider.orders).toHaveLength(1);
    expect(harness.shipment().plan.order).toBe('placing');
  });
});
