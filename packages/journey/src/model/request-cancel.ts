import type { Decision } from './change.ts';
import { isOpen } from './plan.ts';
import type { Shipment } from './shipment.ts';

export type CancelResult =
  | { outcome: 'granted'; decision: Decision }
  | { outcome: 'already' }
  | { outcome: 'refused'; code: 'shipment_ended' | 'order_locked' };

/** Whether the provider is known to have locked the order for processing. Its response decides; this only saves the call. */
export function isLocked({ plan, order }: Pick<Shipment, 'plan' | 'order'>): boolean {
  return plan.order === 'placed' && (plan.programmed || plan.parcel !== 'preparing' || order.isLocked);
}

/**
 * Cancels everywhere until the provider locks the order: the order is deleted, then the enrollment, and the shipment ends.
 * An order whose outcome is unknown is looked up first.
 */
export function requestCancel(shipment: Shipment): CancelResult {
  const { plan } = shipment;
  if (plan.order === 'cancelled' || plan.order === 'cancelling' || plan.cancelRequested) return { outcome: 'already' };
  if (!isOpen(plan)) return { outcome: 'refused', code: 'shipment_ended' };
  if (plan.credential === 'active' || isLocked(shipment)) return { outcome: 'refused', code: 'order_locked' };
  return {
    outcome: 'granted',
    decision: {
      change: {
        cancelRequested: true,
        hold: null,
        // Okta's envelopes are of no use without the order.
        secrets: { requestEnvelopes: null },
        retryNow: true,
      },
      note: { event: 'cancel.requested' },
    },
  };
}
