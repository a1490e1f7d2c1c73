import type { Context, OrderDetails } from '../context.ts';
import { OutsideError } from '../errors.ts';
import { holdFor, orRefusal } from '../hold.ts';
import type { Shipment } from '../shipment.ts';

/**
 * After a decided re-order, the first order may still turn up at the provider: a request that hung somewhere for longer
 * than anyone waits. Before the provider locks it, it is deleted; after, a person is asked. Never two keys (invariant 2).
 */
export async function removeStrays(context: Context, shipment: Shipment, ours: OrderDetails): Promise<void> {
  const found = await context.fulfillment.findOrders(shipment.tenant, {
    referencePrefix: `${shipment.id}-`,
    since: shipment.createdAt,
  });
  for (const stray of found.filter(({ orderId }) => orderId !== ours.orderId)) {
    context.alarm('stray_order', { shipment: shipment.id, order: stray.orderId });
    const refusal = await orRefusal(() => context.fulfillment.deleteOrder(shipment.tenant, stray.orderId));
    if (refusal instanceof OutsideError && refusal.fault === 'refused')
      await context.ledger.move(shipment.id, (current) =>
        current.hold === null
          ? holdFor(current, 'order_duplicated', { now: context.now(), problems: [{ field: 'order', code: 'a_second_order_is_locked' }] })
          : null,
      );
  }
}
