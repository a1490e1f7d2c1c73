import { isEnded } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';
import { removeOrphanOrders } from './remove-orphan-orders.ts';

/** Writes down that the order we intended under this reference is at the provider. Okta's envelopes for it have done their work. */
export async function recordPlaced(
  context: Context,
  shipment: Shipment,
  order: Pick<OrderDetails, 'orderId' | 'state'> & { reference: string },
): Promise<Outcome> {
  const moved = await context.ledger.move(shipment.id, (current) => {
    // The order of an attempt that was given up is a stray: its enrollment is gone.
    if (current.plan.order !== 'placing' || current.intents.order?.reference !== order.reference) return null;
    return {
      change: {
        order: 'placed',
        parcel: 'preparing',
        orderDetails: {
          providerId: order.orderId,
          placedAt: context.now(),
          providerState: order.state.id,
          isLocked: order.state.isLocked,
        },
        secrets: { requestEnvelopes: null },
      },
      note: { event: 'order.placed', detail: { orderId: order.orderId } },
    };
  });
  if (moved.outcome === 'moved') return done();
  if (isOrphan(moved.shipment, order.orderId)) await removeOrphanOrders(context, shipment, [order]);
  return later(1_000, 'the shipment moved while it was ordered');
}

/** Of a shipment that ended while this visit stood still: nobody else will look for it. */
const isOrphan = ({ plan, order }: Shipment, orderId: string): boolean =>
  isEnded(plan.order) && order.providerId !== orderId;
