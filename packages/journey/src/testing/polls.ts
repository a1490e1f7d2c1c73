import { followOrder } from '../3-fulfillment/follow-order.ts';
import type { SeenOrder } from '../3-fulfillment/take-programmed-key.ts';
import { applyChange } from '../model/change.ts';
import type { Shipment } from '../model/shipment.ts';
import { sampleState } from './sample-states.ts';
import { sampleShipment, startOfTime, type SampleShipment } from './samples.ts';
import { stages } from './stages.ts';

/** An order as the provider returns it just after it was placed. */
export const seenOrder: SeenOrder = {
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
  signingKeys: [],
};

const dayMs = 86_400_000;
export const onDay = (day: number): { now: Date; maxTransitDays: number } => ({
  now: new Date(startOfTime.getTime() + day * dayMs),
  maxTransitDays: 30,
});

export const placed = ({ plan, ...fields }: SampleShipment = {}): Shipment =>
  sampleShipment({ ...stages.placed, ...fields, plan: { ...stages.placed.plan, ...plan } });

/** The shipment after some polls, one a day; the change of each must be legal. */
export function after(shipment: Shipment, ...polls: readonly (number | Partial<SeenOrder>)[]): Shipment {
  return polls.reduce((current: Shipment, poll, index) => {
    const seen = { ...seenOrder, ...(typeof poll === 'number' ? { state: sampleState(poll) } : poll) };
    const decision = followOrder(current, seen, onDay(index + 1));
    return decision === null ? current : applyChange(current, decision.change, onDay(index + 1).now);
  }, shipment);
}
