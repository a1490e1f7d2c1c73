import { needsNoOperator } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';
import { holdFor, orRefusal } from '../steps/hold.ts';

/**
 * After a decided re-order, the first order may still turn up at the provider: a request that hung somewhere for longer
 * than anyone waits. Before the provider locks it, it is deleted; after, a person is asked. Never two keys (invariant 2).
 */
export async function removeOrphanOrders(
  context: Context,
  shipment: Shipment,
  orphans: readonly Pick<OrderDetails, 'orderId'>[],
): Promise<'removed' | 'locked'> {
  let result: 'removed' | 'locked' = 'removed';
  for (const orphan of orphans) {
    context.alarm('orphan_order', { shipment: shipment.id, order: orphan.orderId });
    const refusal = await orRefusal(() => context.fulfillment.deleteOrder(shipment.tenant, orphan.orderId));
    if (!(refusal instanceof ConnectorError) || refusal.fault === 'not_found') continue;
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
  return hold === null && !needsNoOperator(plan) && !isAccepted;
}
