import type { Shipment } from '../model/shipment.ts';

/** The last state in which the provider lets an order be changed or deleted (YubicoLabs' self-service sample: id <= 9). */
export const lastEditableState = 9;

/** Whether the provider is known to have locked the order for processing. It alone decides; this only saves the asking. */
export function isLocked({ plan, order }: Pick<Shipment, 'plan' | 'order'>): boolean {
  if (plan.order !== 'placed') return false;
  return plan.programmed || plan.parcel !== 'preparing' || (order.providerState ?? 0) > lastEditableState;
}
