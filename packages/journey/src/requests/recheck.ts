import type { Change, Decision } from '../model/change.ts';
import { isComparable, isLiftedBy, isRemembered } from '../model/holds.ts';
import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';

/**
 * Lifts a hold so that the journey continues from the same state. Before the order is placed, the profile is read and
 * checked again first.
 * @returns null where there is no hold, or none that `because` lifts
 */
export function recheck(shipment: Shipment, because: 'profile_changed' | 'operator' | 'hub_push'): Decision | null {
  const { hold, plan } = shipment;
  if (hold === null || !isLiftedBy(hold.code, because)) return null;
  const beforeTheOrder = plan.order === 'requested' || plan.order === 'ready' || plan.order === 'enrolled';
  return {
    change: {
      hold: null,
      liftedHold: isRemembered(hold.code, because) ? hold : null,
      moveToBack: true,
      ...liftedSuspension(shipment),
      ...(beforeTheOrder ? { profileChecked: false } : {}),
      // The next poll compares the profile with the order again.
      ...(hold.code === 'address_changed' ? { orderDetails: { profileChanged: true }, retryNow: true } : {}),
    },
    note: { event: 'shipment.rechecked', detail: { because, heldFor: hold.code } },
  };
}

/**
 * What it means for a shipment that its person is pushed to the hub, as this user. `isNews`: they were not as required before,
 * or an event said that something changed.
 * @returns null where it is not held for that, or for what a push says nothing about
 */
export function followPush(
  shipment: Shipment,
  { hubUserId, isNews }: { hubUserId: string; isNews: boolean },
): Decision | null {
  if (shipment.hold?.code !== 'hub_person_missing') return null;
  const codes = shipment.hold.problems.map(({ code }) => code);
  // Who is suspended there is as required all the same: checked at each comparison, they would be held anew each day.
  if (codes.includes('not_active_in_hub') && !isNews) return null;
  if (codes.includes('another_hub_user') && shipment.hubUser?.id !== hubUserId) return null;
  return recheck(shipment, 'hub_push');
}

/** Kept as lifted: the shipment is not stopped again for the same deactivation. */
function liftedSuspension({ hold, suspension }: Shipment): Change {
  if (hold?.code !== 'suspended' || suspension === null) return {};
  return { suspension: { ...suspension, isLifted: true } };
}

/**
 * What a changed profile means for a shipment whose hold, if any, it does not lift: before the order it is read and checked
 * again, and a placed order is compared with it at the next poll, which is now.
 */
export function followChange({ plan, hold, order }: Shipment): Decision | null {
  if (!isComparable(hold) || plan.dryRun || !plan.profileChecked) return null;
  if (plan.order === 'ready' || plan.order === 'enrolled')
    return {
      change: { profileChecked: false },
      note: { event: 'shipment.rechecked', detail: { because: 'profile_changed' } },
    };
  if (!isNext(plan, 'track-parcel') || order.profileChanged === true) return null;
  return {
    change: { orderDetails: { profileChanged: true }, retryNow: true },
    note: { event: 'profile.changed' },
  };
}
