import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { orRefusal } from '../steps/hold.ts';
import { done, type Outcome } from '../steps/outcome.ts';

/**
 * Deletes the order at the provider, which allows that until it locks the order for processing. Deleting is idempotent,
 * so after a lost response it is repeated. A locked order continues as if no cancel had been requested.
 */
export async function cancelOrder(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const { id, tenant, order } = shipment;
  const refusal = await orRefusal(() => context.fulfillment.deleteOrder(tenant, order.providerId ?? ''));
  const isGone = !(refusal instanceof ConnectorError) || refusal.fault === 'not_found';
  if (!isGone) context.alarm('cancel_refused', { shipment: id, order: order.providerId, status: refusal.status });
  await context.ledger.move(id, (current) => {
    if (current.plan.order !== 'cancelling') return null;
    return isGone
      ? { change: { order: 'cancelled' }, note: { event: 'order.cancelled' } }
      : {
          change: { order: 'placed', cancelRequested: false },
          note: { event: 'cancel.refused', detail: { reason: 'the provider has locked the order' } },
        };
  });
  return done(isGone ? 'cancelled' : 'the provider has locked the order');
}
