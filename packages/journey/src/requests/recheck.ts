import type { Decision } from '../model/change.ts';
import { isLiftedBy, isRemembered } from '../model/holds.ts';
import type { Shipment } from '../model/shipment.ts';

/**
 * Lifts a hold so that the journey continues from the same state. Before the order is placed, the profile is read and
 * checked again first.
 * @returns null where there is no hold, or none that `because` lifts
 */
export function recheck(shipment: Shipment, because: 'profile_changed' | 'operator'): Decision | null {
  const { hold, plan } = shipment;
  if (hold === null || !isLiftedBy(hold.code, because)) return null;
  const beforeTheOrder = plan.order === 'requested' || plan.order === 'ready' || plan.order === 'enrolled';
  return {
    change: {
      hold: null,
      liftedHold: isRemembered(hold.code, because) ? hold : null,
      moveToBack: true,
      ...(beforeTheOrder ? { profileChecked: false } : {}),
    },
    note: { event: 'shipment.rechecked', detail: { because, heldFor: hold.code } },
  };
}
