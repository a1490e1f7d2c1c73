import type { Decision } from '../model/change.ts';
import { isNext } from '../model/plan.ts';
import type { CheckedProfile } from '../model/profile.ts';
import type { Secrets, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { OrderRequest } from '../ports/fulfillment.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { parcelEmail } from '../profile/label.ts';
import { holdFor, isUndecided, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, stop, type Outcome } from '../steps/outcome.ts';
import { reconcileOrder, recordPlaced, startOver } from './reconcile-order.ts';

/**
 * Orders the key from the provider, once. The intent, with the reference that the order carries, is committed first; an
 * order whose response was lost is looked up by that reference, and repeated only when it surely does not exist, with a
 * fresh enrollment (ARCHITECTURE.md, "Intent before effect").
 */
export async function placeOrder(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  if (shipment.plan.order === 'placing') return reconcileOrder(context, shipment);
  const { profile, requestEnvelopes } = shipment.secrets;
  if (profile === undefined) return checkAgain(context, shipment);
  if (requestEnvelopes === undefined) return startOver(context, shipment);
  return orderOnce(context, shipment, { profile, requestEnvelopes });
}

/** What an order is made of besides the shipment's own columns. */
interface OrderContents {
  profile: CheckedProfile;
  requestEnvelopes: Secrets['requestEnvelopes'];
}

async function orderOnce(context: Context, shipment: Shipment, contents: OrderContents): Promise<Outcome> {
  const attempt = (shipment.intents.order?.attempt ?? 0) + 1;
  const reference = `${shipment.id}-${attempt}`;
  const intended = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'enrolled' || !isNext(current.plan, 'place-order')) return null;
    const order = { at: context.now().toISOString(), reference, attempt, expectsSignedPinCopy: true };
    return {
      change: { order: 'placing', intents: { order } },
      note: { event: 'order.intended', detail: { reference } },
    };
  });
  if (intended.outcome !== 'moved') return done('no longer to be ordered');
  return callPlaceOrder(context, shipment, orderOf(context, shipment, { ...contents, reference }));
}

async function callPlaceOrder(context: Context, shipment: Shipment, order: OrderRequest): Promise<Outcome> {
  const { reference } = order;
  // A later attempt, started after this one's lease expired, may have started over.
  const ifStill = (decide: (current: Shipment) => Decision) => (current: Shipment) =>
    current.plan.order === 'placing' && current.intents.order?.reference === reference ? decide(current) : null;
  let response;
  try {
    response = await orRefusal(() => context.fulfillment.placeOrder(shipment.tenant, order));
  } catch (error) {
    if (error instanceof ConnectorError && !isUndecided(error))
      await context.ledger.move(
        shipment.id,
        ifStill(() => ({ change: { order: 'enrolled' }, note: { event: 'order.not_sent' } })),
      );
    throw error;
  }
  if (!(response instanceof ConnectorError)) return recordPlaced(context, shipment, { ...response, reference });
  const problems = problemsFrom(response);
  await context.ledger.move(
    shipment.id,
    ifStill((current) =>
      holdFor(current, 'order_refused', { now: context.now(), problems, change: { order: 'enrolled' } }),
    ),
  );
  return stop('held: order_refused');
}

function orderOf(
  context: Context,
  shipment: Shipment,
  { profile, requestEnvelopes, reference }: OrderContents & { reference: string },
): OrderRequest {
  return {
    profile,
    recipientEmail: parcelEmail(profile),
    product: shipment.product,
    deliveryType: context.tenant(shipment.tenant).deliveryType,
    reference,
    ...requestEnvelopes,
  };
}

/** Without a profile there is no label to order with, so a fresh enrollment would not help. */
async function checkAgain(context: Context, shipment: Shipment): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    isNext(current.plan, 'place-order') && current.secrets.profile === undefined
      ? { change: { profileChecked: false }, note: { event: 'profile.gone' } }
      : null,
  );
  return done('the profile is gone: it is checked again');
}
