import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { holdFor } from '../steps/hold.ts';
import { later, stop, done, type Outcome } from '../steps/outcome.ts';
import { recordPlaced } from './record-placed.ts';
import { removeOrphanOrders } from './remove-orphan-orders.ts';
import { startOver } from './start-over.ts';
import { stillStands } from './still-stands.ts';

/**
 * Looks for an order whose answer was lost, by the reference we sent, and adopts it. When it has not appeared for as long
 * as it might, the attempt is given up, and that is committed first: an order that appears later is a stray.
 */
export async function reconcileOrder(context: Context, shipment: Shipment): Promise<Outcome> {
  const { order: intent } = shipment.intents;
  if (intent === undefined) return giveUp(context, shipment);
  const query = { referencePrefix: `${shipment.id}-`, since: shipment.createdAt };
  const found = await context.fulfillment.findOrders(shipment.tenant, query);
  const [first, ...others] = found.filter(({ reference }) => reference === intent.reference);
  if (others.length > 0) return holdUnclear(context, shipment, others.length + 1);
  if (first !== undefined) return recordPlaced(context, shipment, { ...first, reference: intent.reference });
  const leftMs = Date.parse(intent.at) + context.tenant(shipment.tenant).reconcileAfterMs - context.now().getTime();
  if (leftMs > 0) return later(leftMs, 'waiting whether the unanswered order appears');
  if (!(await stillStands(context, shipment.id, isOfIntent(intent)))) return done('no longer to be looked for');
  // An earlier attempt may have appeared instead; while it cannot be taken back, another order would be a second key.
  if ((await removeOrphanOrders(context, shipment, found)) === 'locked') return stop('held: order_duplicated');
  return giveUp(context, shipment);
}

const isOfIntent =
  (intent: Shipment['intents']['order']) =>
  ({ plan, intents }: Shipment): boolean =>
    plan.order === 'placing' && isNext(plan, 'place-order') && intents.order?.reference === intent?.reference;

async function giveUp(context: Context, shipment: Shipment): Promise<Outcome> {
  const { order: intent } = shipment.intents;
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (!isOfIntent(intent)(current)) return null;
    return {
      change: { order: 'enrolled', secrets: { requestEnvelopes: null } },
      note: { event: 'order.given_up', detail: { reference: intent?.reference ?? null } },
    };
  });
  return moved.outcome === 'moved' ? startOver(context, moved.shipment) : done('no longer to be looked for');
}

async function holdUnclear(context: Context, shipment: Shipment, orders: number): Promise<Outcome> {
  const problems = [{ field: 'order', code: 'more_than_one_with_our_reference' }];
  context.alarm('order_unclear', { shipment: shipment.id, orders });
  await context.ledger.move(shipment.id, (current) =>
    isNext(current.plan, 'place-order') ? holdFor(current, 'order_unclear', { now: context.now(), problems }) : null,
  );
  return stop('held: order_unclear');
}
