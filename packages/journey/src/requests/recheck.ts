import type { Decision } from '../model/change.ts';
import type { HoldCode, Shipment } from '../model/shipment.ts';

/** Holds that a change of the profile in Okta may resolve by itself. */
const aboutTheProfile: readonly HoldCode[] = [
  'profile_problems',
  'user_not_active',
  'order_refused',
  'pin_address_changed',
];

/** Holds whose lifting matters later, each with who must have lifted it (Shipment.liftedHold). */
const remembered: Readonly<Partial<Record<HoldCode, 'profile_changed' | 'operator'>>> = {
  order_refused: 'profile_changed',
  order_duplicated: 'operator',
};

/**
 * Lifts a hold so that the journey goes on from the same state. Before the order is placed the profile is read and
 * checked again first; a refused order's hold that a profile change lifted is kept, to be put back if that change does not matter.
 * @returns null where there is nothing to lift
 */
export function recheck(shipment: Shipment, because: 'profile_changed' | 'operator'): Decision | null {
  const { hold, plan } = shipment;
  if (hold === null) return null;
  if (because === 'profile_changed' && !aboutTheProfile.includes(hold.code)) return null;
  const beforeTheOrder = plan.order === 'requested' || plan.order === 'ready' || plan.order === 'enrolled';
  return {
    change: {
      hold: null,
      liftedHold: remembered[hold.code] === because ? hold : null,
      moveToBack: true,
      ...(beforeTheOrder ? { profileChecked: false } : {}),
    },
    note: { event: 'shipment.rechecked', detail: { because, heldFor: hold.code } },
  };
}
