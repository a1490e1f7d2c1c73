import type { Change, Decision } from '../change.ts';
import type { Context, OrderDetails, Visit } from '../context.ts';
import { OutsideError } from '../errors.ts';
import { holdFor, orRefusal } from '../hold.ts';
import { done, later, stop, type Outcome } from '../outcome.ts';
import { isLegal, owed } from '../plan.ts';
import type { Shipment } from '../shipment.ts';
import { meaningOf, putOnByTheProvider, type Meaning } from './provider-states.ts';
import { removeStrays } from './remove-strays.ts';

/**
 * Asks the provider where the order is (its API has no webhooks), takes the programmed key's envelopes when they are
 * there, and comes back later until the parcel is at its end.
 */
export async function trackParcel(context: Context, { shipment }: Visit): Promise<Outcome> {
  const { polling } = context.tenant(shipment.tenant);
  const notBefore = (shipment.order.placedAt ?? shipment.createdAt).getTime() + polling.firstAfterMs;
  if (shipment.order.placedAt !== null && context.now().getTime() < notBefore)
    return later(notBefore - context.now().getTime(), 'the first look');

  const order = await orRefusal(() => context.fulfillment.readOrder(shipment.tenant, shipment.order.providerId ?? ''));
  if (order instanceof OutsideError) {
    if (order.fault !== 'not_found') throw order;
    await context.ledger.move(shipment.id, (current) =>
      current.hold === null ? holdFor(current, 'order_missing', { now: context.now(), problems: [{ field: 'order', code: 'not_found' }] }) : null,
    );
    return later(polling.everyMs, 'the provider does not know this order');
  }
  if ((shipment.intents.order?.attempt ?? 1) > 1) await removeStrays(context, shipment, order);
  const moved = await context.ledger.move(shipment.id, (current) => follow(context, current, order));
  if (owed(moved.shipment.plan).includes('track-parcel')) return later(polling.everyMs, `provider state ${order.stateId}`);
  return moved.shipment.hold === null ? done() : stop(`held: ${moved.shipment.hold.code}`);
}

function follow(context: Context, current: Shipment, order: OrderDetails): Decision | null {
  if (current.plan.order !== 'placed') return null;
  const now = context.now();
  const meaning = meaningOf(order.stateId);
  const isNews = order.stateId !== current.order.providerState;
  if (isNews && meaning.alarm === true) context.alarm('provider_state', { shipment: current.id, stateId: order.stateId });
  const parcel = parcelAfter(current, meaning);
  const programmed = takeProgrammedKey(current, order);
  const change: Change = {
    ...(parcel === current.plan.parcel ? {} : { parcel }),
    orderDetails: { providerState: order.stateId },
    parcelDetails: {
      carrier: order.carrier ?? current.parcel.carrier,
      trackingNumber: order.trackingNumber ?? current.parcel.trackingNumber,
      trackingUrl: order.trackingUrl ?? current.parcel.trackingUrl,
      ...(parcel === 'in_transit' && current.parcel.inTransitSince === null ? { inTransitSince: now } : {}),
    },
    ...programmed?.change,
  };
  const note = { event: 'parcel.tracked', detail: { stateId: order.stateId } };
  const holdCode = programmed?.hold ?? holdAfter(context, current, meaning, parcel);
  if (holdCode !== null && current.hold === null)
    return holdFor(current, holdCode, { now, problems: [{ field: 'order', code: `provider_state_${order.stateId}` }], change });
  if (holdCode === null && current.hold !== null && isNews && putOnByTheProvider.includes(current.hold.code))
    return { change: { ...change, hold: null }, note: { ...note, event: 'shipment.released_by_provider' } };
  if (!isNews && programmed === null && parcel === current.plan.parcel) return null;
  return { change, note };
}

/** Where the state says the parcel is, as far as the plan allows: a parcel that was delivered does not go back to a warehouse. */
function parcelAfter(current: Shipment, meaning: Meaning): Shipment['plan']['parcel'] {
  const { parcel } = current.plan;
  return meaning.parcel !== undefined && isLegal('parcel', parcel, meaning.parcel) ? meaning.parcel : parcel;
}

function holdAfter(context: Context, current: Shipment, meaning: Meaning, parcel: Shipment['plan']['parcel']): NonNullable<Shipment['hold']>['code'] | null {
  if (meaning.hold !== undefined) return meaning.hold;
  const since = current.parcel.inTransitSince;
  if (since === null || parcel === 'delivered') return null;
  const days = (context.now().getTime() - since.getTime()) / 86_400_000;
  return days > context.tenant(current.tenant).polling.maxTransitDays ? 'transit_too_long' : null;
}

/**
 * The provider's envelopes for our enrollment: matched by key id, never by position (invariant 9), and taken as soon as
 * they appear, whatever the state: a parcel may be seen in exception before it was ever seen in transit.
 */
function takeProgrammedKey(
  current: Shipment,
  { programmed }: OrderDetails,
): { change: Change; hold?: 'credential_unmatched' | 'pin_copy_missing' } | null {
  if (programmed === null || current.plan.programmed || current.plan.credential !== 'pending') return null;
  const details = { serial: programmed.serial, firmware: programmed.firmware };
  const ours = programmed.credResponses.filter(({ keyId }) => keyId !== null && keyId === current.credential.keyId);
  const [response] = ours;
  if (response === undefined || ours.length > 1) return { change: { credentialDetails: details }, hold: 'credential_unmatched' };
  const isMailedByUs = current.pinPolicy.channel === 'smtp';
  if (isMailedByUs && programmed.pinCopyJwe === null) return { change: { credentialDetails: details }, hold: 'pin_copy_missing' };
  return {
    change: {
      programmed: true,
      pin: 'sealed',
      credentialDetails: details,
      secrets: {
        responseEnvelopes: { pinResponseJwe: programmed.pinResponseJwe, credResponseJwe: response.jwe },
        ...(isMailedByUs && programmed.pinCopyJwe !== null ? { pinCopy: { jwe: programmed.pinCopyJwe } } : {}),
      },
    },
  };
}
