import { applyChange, type Decision } from '../model/change.ts';
import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { orRefusal } from '../steps/hold.ts';
import { done, lastMove, later, stop, type LastMove, type StepEnd } from '../steps/outcome.ts';
import { compareProfile } from './compare-profile.ts';
import { followOrder, missOrder } from './follow-order.ts';
import { removeOrphanOrders } from './reconcile-order.ts';
import { isKeyToTake, type SeenOrder } from './take-programmed-key.ts';

/**
 * Polls the order at the provider (its API has no webhooks), takes the programmed key's envelopes once they are there,
 * and repeats until the parcel has arrived or is given up.
 */
export async function trackParcel(context: Context, attempt: StepAttempt): Promise<StepEnd> {
  const { shipment } = attempt;
  const { polling } = context.tenant(shipment.tenant);
  const { placedAt, providerId } = shipment.order;
  const untilFirstMs = (placedAt?.getTime() ?? 0) + polling.firstAfterMs - context.now().getTime();
  if (untilFirstMs > 0) return later(untilFirstMs, 'the first poll is not due');

  const order = await orRefusal(() => context.fulfillment.readOrder(shipment.tenant, providerId ?? ''));
  if (order instanceof ConnectorError) {
    if (order.fault !== 'not_found') throw order;
    return lastMove(
      (current) => missOrder(current, context.now()),
      () => later(polling.everyMs, 'the provider does not know this order'),
    );
  }
  await findOrphanOrders(context, shipment, order.orderId);
  const isAlarming = order.state.alarm === true && order.state.id !== shipment.order.providerState;
  if (isAlarming) context.alarm('provider_state', { shipment: shipment.id, stateId: order.state.id });
  const at = { now: context.now(), maxTransitDays: polling.maxTransitDays };
  const seen = await withSigningKeys(context, shipment, order);
  const follow = (current: Shipment): Decision | null => followOrder(current, seen.order, at);
  const { decide: compare, seen: user } = await orMove(context, { shipmentId: shipment.id, follow }, async () => {
    if (seen.error !== undefined) throw seen.error;
    return compareProfile(context, attempt, after(shipment, follow, at.now));
  });
  const endOf: LastMove['endOf'] = ({ shipment: { plan, hold } }) => {
    if (isNext(plan, 'track-parcel')) return later(polling.everyMs, `provider state ${order.state.id}`);
    return hold === null ? done() : stop(`held: ${hold.code}`);
  };
  return lastMove(compare === null ? follow : [follow, compare], endOf, user);
}

function after(shipment: Shipment, decide: (current: Shipment) => Decision | null, now: Date): Shipment {
  const decision = decide(shipment);
  return decision === null ? shipment : applyChange(shipment, decision.change, now);
}

/** What the poll showed is recorded also where a call after it fails. */
async function orMove<Value>(
  context: Context,
  { shipmentId, follow }: { shipmentId: string; follow: (current: Shipment) => Decision | null },
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    await context.ledger.move(shipmentId, follow);
    throw error;
  }
}

/** While the provider's signing keys cannot be read, its key waits; the parcel is tracked all the same. */
async function withSigningKeys(
  context: Context,
  shipment: Shipment,
  order: OrderDetails,
): Promise<{ order: SeenOrder; error?: unknown }> {
  if (!isKeyToTake(shipment, order)) return { order: { ...order, programmed: null, signingKeys: [] } };
  try {
    return { order: { ...order, signingKeys: await context.fulfillment.signingKeys(shipment.tenant) } };
  } catch (error) {
    return { order: { ...order, programmed: null, signingKeys: [] }, error };
  }
}

/** Only an order that was intended more than once can have an orphan order. */
async function findOrphanOrders(context: Context, shipment: Shipment, ourOrderId: string): Promise<void> {
  if ((shipment.intents.order?.attempt ?? 1) === 1) return;
  const query = { referencePrefix: `${shipment.id}-`, since: shipment.createdAt };
  const found = await context.fulfillment.findOrders(shipment.tenant, query);
  await removeOrphanOrders(
    context,
    shipment,
    found.filter(({ orderId }) => orderId !== ourOrderId),
  );
}
