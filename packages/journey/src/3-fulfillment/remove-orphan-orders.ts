import type { Context, OrderDetails } from '../ports/context.ts';
import { OutsideError } from '../ports/errors.ts';
import { holdFor, orRefusal } from '../steps/hold.ts';
import { asksNobody } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';

/**
 * After a decided re-order, the first order may still turn up at the provider: a request that hung somewhere for longer
 * than anyone waits. Before the provider locks it, it is deleted; after, a person is asked. Never two keys (invariant 2).
 */
export async function removeStrays(
  context: Context,
  shipment: Shipment,
  strays: readonly Pick<OrderDetails, 'orderId'>[],
): Promise<'removed' | 'locked'> {
  let result: 'removed' | 'locked' = 'removed';
  for (const stray of strays) {
    context.alarm('stray_order', { shipment: shipment.id, order: stray.orderId });
    const refusal = await orRefusal(() => context.fulfillment.deleteOrder(shipment.tenant, stray.orderId));
    if (!(refusal instanceof OutsideError) || refusal.fault === 'not_found') continue;
    result = 'locked';
    await context.ledger.move(shipment.id, (current) =>
      isToBeAsked(current)
        ? holdFor(current, 'order_duplicated', {
            now: context.now(),
            problems: [{ field: 'order', code: 'a_second_order_is_locked' }],
          })
        : null,
    );
  }
  return result;
}

/** Once our own order is placed, whoever lifted this hold knows of the other. Before, no retry may make a second one. */
function isToBeAsked({ plan, hold, liftedHold }: Shipment): boolean {
  const isAccepted = plan.order === 'placed' && liftedHold?.code === 'order_duplicated';
  return hold === null && !asksNobody(plan) && !isAccepted;
}
