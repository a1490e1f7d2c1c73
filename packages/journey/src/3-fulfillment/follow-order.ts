import { applyChange, type Change, type Decision } from '../model/change.ts';
import { isLiftedBy } from '../model/holds.ts';
import type { HoldCode } from '../model/holds.ts';
import { needsNoOperator, isLegal, type ParcelState } from '../model/plan.ts';
import type { CheckedProfile, Suggestion } from '../model/profile.ts';
import type { Hold, Problem, Shipment } from '../model/shipment.ts';
import type { OrderDetails, ProviderState, SuggestedAddress } from '../ports/fulfillment.ts';
import { takeProgrammedKey, type SeenOrder } from './take-programmed-key.ts';

const dayMs = 86_400_000;

/** What one poll of the order changes; null when it shows nothing new, so that the history stays readable. */
export function followOrder(
  current: Shipment,
  order: SeenOrder,
  at: { now: Date; maxTransitDays: number },
): Decision | null {
  if (current.plan.order !== 'placed') return null;
  const { state } = order;
  const parcel = parcelAfter(current, state);
  const inTransitSince = current.parcel.inTransitSince ?? (hasLeft(parcel) ? at.now : null);
  const key = needsNoOperator(current.plan) ? null : takeProgrammedKey(current, order);
  const reason = key?.hold ?? reasonToHold(current, state, { parcel, inTransitSince, ...at });
  const hold =
    reason === null
      ? standingHold(current.hold, state)
      : holdAfterPoll(current.hold, { code: reason, problems: problemsOf(reason, order, current) }, at.now);
  const change: Change = {
    parcel,
    hold,
    orderDetails: { providerState: state.id, isLocked: state.isLocked },
    parcelDetails: {
      carrier: order.carrier ?? current.parcel.carrier,
      trackingNumber: order.trackingNumber ?? current.parcel.trackingNumber,
      trackingUrl: order.trackingUrl ?? current.parcel.trackingUrl,
      inTransitSince,
    },
    ...key?.change,
    secrets: { ...key?.change.secrets, ...suggestionOf(current, order) },
  };
  if (isUnchanged(applyChange(current, change, current.updatedAt), current)) return null;
  return { change, note: { event: eventOf(current.hold, hold), detail: { stateId: state.id } } };
}

/** The provider does not know the order any more: an operator must ask it, while polling continues. */
export function missOrder(current: Shipment, now: Date): Decision | null {
  if (current.plan.order !== 'placed' || needsNoOperator(current.plan)) return null;
  const problems = [{ field: 'order', code: 'not_found' }];
  const hold = holdAfterPoll(current.hold, { code: 'order_missing', problems }, now);
  return hold === current.hold
    ? null
    : { change: { hold }, note: { event: 'shipment.held', detail: { code: hold.code } } };
}

/** The parcel's state by the provider, if the plan has an arrow to it: a delivered parcel is not in transit again. */
function parcelAfter({ plan }: Shipment, { parcel }: ProviderState): ParcelState {
  return parcel !== undefined && isLegal('parcel', plan.parcel, parcel) ? parcel : plan.parcel;
}

/** A poll may miss the transit: a parcel in exception or lost was in transit before. */
const hasLeft = (parcel: ParcelState): boolean => parcel !== 'none' && parcel !== 'preparing';

function reasonToHold(
  { plan }: Shipment,
  state: ProviderState,
  at: { now: Date; maxTransitDays: number; parcel: ParcelState; inTransitSince: Date | null },
): HoldCode | null {
  // No transit hold after the receipt is confirmed or while the credential is being revoked.
  if (plan.receiptConfirmed || needsNoOperator(plan)) return null;
  // The operator's decision about the address has not reached the provider yet.
  if (plan.editRequested && state.hold !== undefined && isLiftedBy(state.hold, 'address_correction')) return null;
  if (state.hold !== undefined) return state.hold;
  if (at.inTransitSince === null || at.parcel === 'delivered') return null;
  return at.now.getTime() - at.inTransitSince.getTime() > at.maxTransitDays * dayMs ? 'transit_too_long' : null;
}

/** A hold that the provider's state does not lift stays; another is replaced by what the state says now. */
function holdAfterPoll(before: Hold | null, reason: Pick<Hold, 'code' | 'problems'>, now: Date): Hold {
  if (before !== null && !isLiftedBy(before.code, 'provider')) return before;
  const isSameReason = before?.code === reason.code;
  if (isSameReason && isDeepEqual(before.problems, reason.problems)) return before;
  return { ...reason, since: isSameReason ? before.since : now };
}

/** What the hold shows: the fields that the provider would change, or the state that it reports. */
function problemsOf(code: HoldCode, order: OrderDetails, { secrets }: Shipment): readonly Problem[] {
  if (code === 'transit_too_long') return [{ field: 'parcel', code: 'transit_too_long' }];
  if (code === 'credential_unmatched') return [{ field: 'credential', code: 'credential_unmatched' }];
  if (code === 'pin_copy_missing') return [{ field: 'pin', code: 'pin_copy_missing' }];
  if (code === 'address_undeliverable') return [{ field: 'streetAddress', code: 'undeliverable' }];
  const suggested = code === 'address_suggested' ? differing(order.suggestion, secrets.profile) : [];
  if (suggested.length > 0) return suggested.map((field) => ({ field, code: 'provider_suggests_another' }));
  return [{ field: 'order', code: `provider_state_${order.state.id}` }];
}

/** The provider's current suggestion; an earlier one is deleted. */
function suggestionOf({ hold, secrets }: Shipment, { suggestion }: OrderDetails): NonNullable<Change['secrets']> {
  // What the profile says now waits for an operator.
  if (hold?.code === 'address_changed') return {};
  if (suggestion === null) return secrets.suggestion === undefined ? {} : { suggestion: null };
  const values = fieldsOf(suggestion);
  return isDeepEqual(secrets.suggestion?.values, values) ? {} : { suggestion: { values, replaced: {} } };
}

/** The fields that the provider would change. */
function differing(suggestion: SuggestedAddress | null, profile: CheckedProfile | undefined): string[] {
  if (suggestion === null) return [];
  const ordered: Suggestion = profile === undefined ? {} : fieldsOf(profile);
  return Object.entries(fieldsOf(suggestion)).flatMap(([field, value]) =>
    Object.entries(ordered).some(([name, same]) => name === field && same === value) ? [] : [field],
  );
}

function fieldsOf({ streetLine1, streetLine2, city, state, zipCode }: SuggestedAddress): Suggestion {
  const streetAddress = streetLine2 === null ? streetLine1 : `${streetLine1}\n${streetLine2}`;
  return { streetAddress, city, ...(state === null ? {} : { state }), zipCode };
}

/** Most parts are the same objects, as the profile is: those need no look into them. */
function isUnchanged(after: Shipment, before: Shipment): boolean {
  const parts: unknown[] = Object.values(before);
  return Object.values(after).every((part: unknown, index) => part === parts[index] || isDeepEqual(part, parts[index]));
}

const isDeepEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A state without a meaning leaves a hold alone; but an order that is found again is not missing. */
function standingHold(before: Hold | null, state: ProviderState): Hold | null {
  if (before === null || !isLiftedBy(before.code, 'provider')) return before;
  return state.alarm === true && before.code !== 'order_missing' ? before : null;
}

function eventOf(before: Hold | null, after: Hold | null): string {
  if (before === after) return 'parcel.tracked';
  return after === null ? 'shipment.released_by_provider' : 'shipment.held';
}
