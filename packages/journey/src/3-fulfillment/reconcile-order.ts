import { isEnded, isNext, needsNoOperator } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';
import { holdFor, orRefusal } from '../steps/hold.ts';
import { done, lastMove, later, stop, type LastMove, type Outcome, type StepEnd } from '../steps/outcome.ts';
import { deleteOurEnrollment } from './clean-up-enrollment.ts';

/**
 * Looks for an order whose response was lost, by the reference it carries, and adopts it. When it has not appeared within
 * `reconcileAfterMs`, the attempt is given up, and that is committed first: an order that appears later is an orphan order.
 */
export async function reconcileOrder(context: Context, shipment: Shipment): Promise<StepEnd> {
  const { order: intent } = shipment.intents;
  if (intent === undefined) return giveUp(context, shipment);
  const query = { referencePrefix: `${shipment.id}-`, since: shipment.createdAt };
  const found = await context.fulfillment.findOrders(shipment.tenant, query);
  const [first, ...others] = found.filter(({ reference }) => reference === intent.reference);
  if (others.length > 0) return holdUnclear(context, shipment, others.length + 1);
  if (first !== undefined) return recordPlaced(context, shipment, { ...first, reference: intent.reference });
  const leftMs = Date.parse(intent.at) + context.tenant(shipment.tenant).reconcileAfterMs - context.now().getTime();
  if (leftMs > 0) return later(leftMs, 'waiting whether the unanswered order appears');
  // No lock is needed: an intent is committed before its call, so this read sees the intent of any order found above.
  if (!isOfIntent(intent)(await context.ledger.read(shipment.id))) return done('no longer to be reconciled');
  // The order of an earlier attempt may have appeared; while it cannot be deleted, another order would be a second key.
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
  return moved.outcome === 'moved' ? startOver(context, moved.shipment) : done('no longer to be reconciled');
}

async function holdUnclear(context: Context, shipment: Shipment, orders: number): Promise<Outcome> {
  const problems = [{ field: 'order', code: 'more_than_one_with_our_reference' }];
  context.alarm('order_unclear', { shipment: shipment.id, orders });
  await context.ledger.move(shipment.id, (current) =>
    isNext(current.plan, 'place-order') ? holdFor(current, 'order_unclear', { now: context.now(), problems }) : null,
  );
  return stop('held: order_unclear');
}

/** Records the order of this reference as placed, and deletes Okta's envelopes, which only the order needed. */
export function recordPlaced(
  context: Context,
  shipment: Shipment,
  { orderId, state, reference }: Pick<OrderDetails, 'orderId' | 'state'> & { reference: string },
): StepEnd {
  const { firstAfterMs } = context.tenant(shipment.tenant).polling;
  const placed: LastMove['moves'][number] = (current) => {
    // The order of an attempt that was given up is an orphan order: its enrollment is gone.
    if (current.plan.order !== 'placing' || current.intents.order?.reference !== reference) return null;
    const placedAt = context.now();
    return {
      change: {
        order: 'placed',
        parcel: 'preparing',
        orderDetails: { providerId: orderId, placedAt, providerState: state.id, isLocked: state.isLocked },
        secrets: { requestEnvelopes: null },
      },
      note: { event: 'order.placed', detail: { orderId } },
      dueAfterMs: { 'track-parcel': firstAfterMs },
    };
  };
  return lastMove(placed, (moved) => {
    if (moved.outcome === 'moved') return done();
    return async () => {
      if (isOrphanOrder(moved.shipment, orderId)) await removeOrphanOrders(context, shipment, [{ orderId }]);
      return later(1_000, 'the shipment changed while it was ordered');
    };
  });
}

/** The shipment ended while this attempt was delayed: no later step would find the order. */
const isOrphanOrder = ({ plan, order }: Shipment, orderId: string): boolean =>
  isEnded(plan.order) && order.providerId !== orderId;

/**
 * Back to the enrollment: a second order gets a fresh one, so that a key from the first order could never be activated.
 * The shipment stays enrolled, without its envelopes, until the old enrollment is deleted.
 */
export async function startOver(context: Context, shipment: Shipment): Promise<Outcome> {
  const { enrollmentId } = shipment.credential;
  if (enrollmentId !== null) await deleteOurEnrollment(context, shipment, enrollmentId);
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'enrolled' || !isNext(current.plan, 'place-order')) return null;
    if (current.secrets.requestEnvelopes !== undefined || current.credential.enrollmentId !== enrollmentId) return null;
    return {
      change: { order: 'ready', credential: 'none', credentialDetails: { enrollmentId: null, keyId: null } },
      note: { event: 'order.started_over' },
    };
  });
  return done('starting over with a fresh enrollment');
}

/**
 * Deletes orders of this shipment that no attempt owns, such as one whose request was delayed for longer than
 * `reconcileAfterMs`. Once the provider has locked one, the shipment is held: never two keys (invariant 2).
 */
export async function removeOrphanOrders(
  context: Context,
  shipment: Shipment,
  orphanOrders: readonly Pick<OrderDetails, 'orderId'>[],
): Promise<'removed' | 'locked'> {
  let result: 'removed' | 'locked' = 'removed';
  for (const { orderId } of orphanOrders) {
    context.alarm('orphan_order', { shipment: shipment.id, order: orderId });
    const refusal = await orRefusal(() => context.fulfillment.deleteOrder(shipment.tenant, orderId));
    if (!(refusal instanceof ConnectorError) || refusal.fault === 'not_found') continue;
    result = 'locked';
    const problems = [{ field: 'order', code: 'a_second_order_is_locked' }];
    await context.ledger.move(shipment.id, (current) =>
      needsDuplicateHold(current) ? holdFor(current, 'order_duplicated', { now: context.now(), problems }) : null,
    );
  }
  return result;
}

/** Once our own order is placed, a lifted hold means that the operator accepts the other. Before, no retry may order again. */
function needsDuplicateHold({ plan, hold, liftedHold }: Shipment): boolean {
  const isAccepted = plan.order === 'placed' && liftedHold?.code === 'order_duplicated';
  return hold === null && !needsNoOperator(plan) && !isAccepted;
}
