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
import { done, lastMove, stop, type StepEnd } from '../steps/outcome.ts';
import { reconcileOrder, recordPlaced, startOver } from './reconcile-order.ts';

/**
 * Orders the key from the provider, once. The intent, with the reference that the order carries, is committed first; an
 * order whose response was lost is looked up by that reference, and repeated only when it surely does not exist, with a
 * fresh enrollment (ARCHITECTURE.md, "Intent before effect").
 */
export async function placeOrder(context: Context, { shipment, isIntended }: StepAttempt): Promise<StepEnd> {
  if (shipment.plan.order === 'placing' && isIntended !== true) return reconcileOrder(context, shipment);
  const { profile, requestEnvelopes } = shipment.secrets;
  if (profile === undefined) return checkAgain(context, shipment);
  if (requestEnvelopes === undefined) return startOver(context, shipment);
  const contents = { profile, requestEnvelopes };
  return isIntended === true
    ? callPlaceOrder(context, shipment, orderOf(context, shipment, contents))
    : orderOnce(context, shipment, contents);
}

/** What an order is made of besides the shipment's own columns. */
interface OrderContents {
  profile: CheckedProfile;
  requestEnvelopes: Secrets['requestEnvelopes'];
}

/** The intent to order, with the reference that the order carries; null where it is not to be ordered, or not as it is. */
export function intendOrder({ id, plan, secrets, intents }: Shipment, now: Date): Decision | null {
  if (plan.order !== 'enrolled' || !isNext(plan, 'place-order')) return null;
  if (secrets.profile === undefined || secrets.requestEnvelopes === undefined) return null;
  const attempt = (intents.order?.attempt ?? 0) + 1;
  const reference = `${id}-${attempt}`;
  const order = { at: now.toISOString(), reference, attempt, expectsSignedPinCopy: true };
  return {
    change: { order: 'placing', intents: { order } },
    note: { event: 'order.intended', detail: { reference } },
  };
}

async function orderOnce(context: Context, { id }: Shipment, contents: OrderContents): Promise<StepEnd> {
  const intended = await context.ledger.move(id, (current) => intendOrder(current, context.now()));
  if (intended.outcome !== 'moved') return done('no longer to be ordered');
  return callPlaceOrder(context, intended.shipment, orderOf(context, intended.shipment, contents));
}

async function callPlaceOrder(context: Context, shipment: Shipment, order: OrderRequest): Promise<StepEnd> {
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
  return lastMove(
    ifStill((current) =>
      holdFor(current, 'order_refused', { now: context.now(), problems, change: { order: 'enrolled' } }),
    ),
    () => stop('held: order_refused'),
  );
}

function orderOf(context: Context, shipment: Shipment, { profile, requestEnvelopes }: OrderContents): OrderRequest {
  return {
    profile,
    recipientEmail: parcelEmail(profile),
    product: shipment.product,
    deliveryType: context.tenant(shipment.tenant).deliveryType,
    reference: shipment.intents.order?.reference ?? '',
    ...requestEnvelopes,
  };
}

/** Without a profile there is no label to order with, so a fresh enrollment would not help. */
async function checkAgain(context: Context, shipment: Shipment): Promise<StepEnd> {
  await context.ledger.move(shipment.id, (current) =>
    isNext(current.plan, 'place-order') && current.secrets.profile === undefined
      ? { change: { profileChecked: false }, note: { event: 'profile.gone' } }
      : null,
  );
  return done('the profile is gone: it is checked again');
}
