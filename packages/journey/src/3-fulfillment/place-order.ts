import type { Context, OrderDetails, OrderRequest, Visit } from '../context.ts';
import { OutsideError } from '../errors.ts';
import { holdFor, isUndecided, orRefusal, problemsFrom } from '../hold.ts';
import { done, later, stop, type Outcome } from '../outcome.ts';
import type { Shipment } from '../shipment.ts';

/**
 * Orders the key from the provider, once. The intent, with the reference that the order carries, is committed first; an
 * order whose answer was lost is looked for by that reference, and made again only when it is surely not there, with a
 * fresh enrollment (design, "Intent before effect").
 */
export async function placeOrder(context: Context, visit: Visit): Promise<Outcome> {
  const { shipment } = visit;
  return shipment.plan.order === 'placing' ? lookForLostOrder(context, shipment) : orderOnce(context, shipment);
}

async function orderOnce(context: Context, shipment: Shipment): Promise<Outcome> {
  const attempt = (shipment.intents.order?.attempt ?? 0) + 1;
  const reference = `${shipment.id}-${attempt}`;
  const order = orderOf(context, shipment, reference);
  if (order === null) return startOver(context, shipment, 'the envelopes are gone');
  const intended = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'enrolled') return null;
    return {
      change: { order: 'placing', intents: { order: { at: context.now().toISOString(), reference, attempt } } },
      note: { event: 'order.intended', detail: { reference } },
    };
  });
  if (intended.outcome !== 'moved') return done('no longer to be ordered');
  let answer;
  try {
    answer = await orRefusal(() => context.fulfillment.placeOrder(shipment.tenant, order));
  } catch (error) {
    if (error instanceof OutsideError && !isUndecided(error)) await takeBack(context, shipment);
    throw error;
  }
  if (answer instanceof OutsideError) return holdRefused(context, shipment, answer);
  return recordPlaced(context, shipment, { orderId: answer.orderId, stateId: answer.stateId });
}

function orderOf(context: Context, shipment: Shipment, reference: string): OrderRequest | null {
  const { profile, requestEnvelopes } = shipment.secrets;
  if (profile === undefined || requestEnvelopes === undefined) return null;
  return {
    profile,
    recipientEmail: profile.isNewUser && profile.secondEmail !== null ? profile.secondEmail : profile.email,
    product: shipment.product,
    deliveryType: context.tenant(shipment.tenant).deliveryType,
    reference,
    ...requestEnvelopes,
  };
}

async function takeBack(context: Context, shipment: Shipment): Promise<void> {
  await context.ledger.move(shipment.id, (current) =>
    current.plan.order === 'placing' ? { change: { order: 'enrolled' }, note: { event: 'order.not_sent' } } : null,
  );
}

async function holdRefused(context: Context, shipment: Shipment, error: OutsideError): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    holdFor(current, 'order_refused', { now: context.now(), problems: problemsFrom(error), change: { order: 'enrolled' } }),
  );
  return stop('held: order_refused');
}

async function recordPlaced(context: Context, shipment: Shipment, order: { orderId: string; stateId: number }): Promise<Outcome> {
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'placing') return null;
    return {
      change: {
        order: 'placed',
        parcel: 'preparing',
        orderDetails: { providerId: order.orderId, placedAt: context.now(), providerState: order.stateId },
        secrets: { requestEnvelopes: null },
      },
      note: { event: 'order.placed', detail: { orderId: order.orderId } },
    };
  });
  return moved.outcome === 'moved' ? done() : later(1_000, 'the shipment moved while it was ordered');
}

async function lookForLostOrder(context: Context, shipment: Shipment): Promise<Outcome> {
  const { order: intent } = shipment.intents;
  const since = intent === undefined ? shipment.createdAt : new Date(intent.at);
  const found = await context.fulfillment.findOrders(shipment.tenant, { referencePrefix: `${shipment.id}-`, since });
  const [first, ...others] = found.filter(({ reference }) => reference === intent?.reference);
  if (others.length > 0) return holdUnclear(context, shipment, found);
  if (first !== undefined) return recordPlaced(context, shipment, first);
  const settlesAt = since.getTime() + context.tenant(shipment.tenant).settleMs;
  const leftMs = settlesAt - context.now().getTime();
  if (leftMs > 0) return later(leftMs, 'waiting whether the unanswered order appears');
  return startOver(context, shipment, 'the unanswered order is not there');
}

async function holdUnclear(context: Context, shipment: Shipment, found: readonly OrderDetails[]): Promise<Outcome> {
  const problems = [{ field: 'order', code: 'more_than_one_with_our_reference' }];
  context.alarm('order_unclear', { shipment: shipment.id, orders: found.length });
  await context.ledger.move(shipment.id, (current) => holdFor(current, 'order_unclear', { now: context.now(), problems }));
  return stop('held: order_unclear');
}

/** A decided re-order uses a fresh enrollment, so that a key from the first one could never be activated. */
async function startOver(context: Context, shipment: Shipment, why: string): Promise<Outcome> {
  const { enrollmentId } = shipment.credential;
  if (enrollmentId !== null)
    await orRefusal(() => context.okta.deleteEnrollment(shipment.tenant, shipment.user.id ?? '', enrollmentId));
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'placing' && current.plan.order !== 'enrolled') return null;
    return {
      change: {
        order: 'ready',
        credential: 'none',
        credentialDetails: { enrollmentId: null, keyId: null },
        secrets: { requestEnvelopes: null },
      },
      note: { event: 'order.started_over', detail: { why } },
    };
  });
  return done(why);
}
