import { applyChange, type Change, type Decision } from '../change.ts';
import type { OrderDetails } from '../context.ts';
import { isLegal, type ParcelState } from '../plan.ts';
import type { Hold, HoldCode, Shipment } from '../shipment.ts';
import { meaningOf, putOnByTheProvider, type Meaning } from './provider-states.ts';
import { takeProgrammedKey } from './take-programmed-key.ts';

const dayMs = 86_400_000;

/** What one look at the provider's order changes; null when it brings nothing new, so that the history stays readable. */
export function followOrder(
  current: Shipment,
  order: OrderDetails,
  at: { now: Date; maxTransitDays: number },
): Decision | null {
  if (current.plan.order !== 'placed') return null;
  const meaning = meaningOf(order.stateId);
  const parcel = parcelAfter(current, meaning);
  const inTransitSince = current.parcel.inTransitSince ?? (hasLeft(parcel) ? at.now : null);
  const key = takeProgrammedKey(current, order);
  const reason = key?.hold ?? reasonToHold(current, meaning, { ...at, parcel, inTransitSince });
  const hold =
    reason === null
      ? standingHold(current.hold, meaning)
      : holdAfterLook(current.hold, reason, `provider_state_${order.stateId}`, at.now);
  const change: Change = {
    parcel,
    hold,
    orderDetails: { providerState: order.stateId },
    parcelDetails: {
      carrier: order.carrier ?? current.parcel.carrier,
      trackingNumber: order.trackingNumber ?? current.parcel.trackingNumber,
      trackingUrl: order.trackingUrl ?? current.parcel.trackingUrl,
      inTransitSince,
    },
    ...key?.change,
  };
  if (isSame(applyChange(current, change, current.updatedAt), current)) return null;
  return { change, note: { event: eventOf(current.hold, hold), detail: { stateId: order.stateId } } };
}

/** The provider does not know the order any more: somebody must ask it, while we go on asking too. */
export function missOrder(current: Shipment, now: Date): Decision | null {
  if (current.plan.order !== 'placed') return null;
  const hold = holdAfterLook(current.hold, 'order_missing', 'not_found', now);
  return hold === current.hold
    ? null
    : { change: { hold }, note: { event: 'shipment.held', detail: { code: hold.code } } };
}

/** Where the state says the parcel is, as far as the plan allows: a parcel that was delivered does not go back to a warehouse. */
function parcelAfter({ plan }: Shipment, meaning: Meaning): ParcelState {
  return meaning.parcel !== undefined && isLegal('parcel', plan.parcel, meaning.parcel) ? meaning.parcel : plan.parcel;
}

/** A look may come too late to see it in transit: a parcel in exception or lost was on its way before. */
const hasLeft = (parcel: ParcelState): boolean => parcel !== 'none' && parcel !== 'preparing';

function reasonToHold(
  { plan }: Shipment,
  meaning: Meaning,
  at: { now: Date; maxTransitDays: number; parcel: ParcelState; inTransitSince: Date | null },
): HoldCode | null {
  // Whoever has the key in hand waits for no carrier.
  if (plan.receiptConfirmed) return null;
  if (meaning.hold !== undefined) return meaning.hold;
  if (at.inTransitSince === null || at.parcel === 'delivered') return null;
  return at.now.getTime() - at.inTransitSince.getTime() > at.maxTransitDays * dayMs ? 'transit_too_long' : null;
}

/** A person's own hold stands; one that the provider put on gives way to what it says now. */
function holdAfterLook(before: Hold | null, code: HoldCode, problem: string, now: Date): Hold {
  if (before !== null && !putOnByTheProvider.includes(before.code)) return before;
  const [known] = before?.problems ?? [];
  if (before?.code === code && known?.code === problem) return before;
  return { code, problems: [{ field: 'order', code: problem }], since: before?.code === code ? before.since : now };
}

/** A state that says nothing leaves a hold alone; but an order that answers again is not missing. */
function standingHold(before: Hold | null, meaning: Meaning): Hold | null {
  if (before === null || !putOnByTheProvider.includes(before.code)) return before;
  return meaning.alarm === true && before.code !== 'order_missing' ? before : null;
}

function eventOf(before: Hold | null, after: Hold | null): string {
  if (before === after) return 'parcel.tracked';
  return after === null ? 'shipment.released_by_provider' : 'shipment.held';
}

const isSame = (one: Shipment, other: Shipment): boolean => JSON.stringify(one) === JSON.stringify(other);
