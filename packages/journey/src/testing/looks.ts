import { followOrder } from '../3-fulfillment/follow-order.ts';
import { applyChange } from '../model/change.ts';
import type { Shipment } from '../model/shipment.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';
import { sampleState } from './sample-states.ts';
import { sampleShipment, startOfTime, type SampleShipment } from './samples.ts';
import { stages } from './stages.ts';

/** An order as the provider shows it, in the state that it had when it was placed. */
export const seenOrder: OrderDetails = {
  orderId: 'order-1',
  state: sampleState(3),
  reference: 'shp_1-1',
  recipientEmail: null,
  createdAt: null,
  carrier: null,
  trackingNumber: null,
  trackingUrl: null,
  suggestion: null,
  programmed: null,
};

const dayMs = 86_400_000;
export const onDay = (day: number): { now: Date; maxTransitDays: number } => ({
  now: new Date(startOfTime.getTime() + day * dayMs),
  maxTransitDays: 30,
});

export const placed = ({ plan, ...given }: SampleShipment = {}): Shipment =>
  sampleShipment({ ...stages.placed, ...given, plan: { ...stages.placed.plan, ...plan } });
/** The shipment after some looks, a day after another; each look must be legal. */
export function after(shipment: Shipment, ...looks: readonly (number | Partial<OrderDetails>)[]): Shipment {
  return looks.reduce((current: Shipment, look, index) => {
    const seen = { ...seenOrder, ...(typeof look === 'number' ? { state: sampleState(look) } : look) };
    const decision = followOrder(current, seen, onDay(index + 1));
    return decision === null ? current : applyChange(current, decision.change, onDay(index + 1).now);
  }, shipment);
}
