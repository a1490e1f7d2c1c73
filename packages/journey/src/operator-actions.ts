import type { Decision } from './change.ts';
import { isOpen } from './plan.ts';
import { recheck } from './recheck.ts';
import type { HoldCode, Shipment } from './shipment.ts';

/** What a person may ask of a shipment. Each is decided purely, under the row's lock, and refused with a code when it does not apply now. */
export type OperatorAction = 'retry' | 'release-pin' | 'confirm-receipt';

export type Asked = { outcome: 'granted'; decision: Decision } | { outcome: 'refused'; code: RefusalCode };

export type RefusalCode =
  | 'shipment_ended'
  | 'credential_not_active'
  | 'pin_not_waiting'
  | 'shipment_held'
  | 'not_shipped_yet'
  | 'already_confirmed';

const granted = (decision: Decision): Asked => ({ outcome: 'granted', decision });
const refused = (code: RefusalCode): Asked => ({ outcome: 'refused', code });

export const operatorActions: Readonly<Record<OperatorAction, (shipment: Shipment) => Asked>> = {
  retry,
  'release-pin': releasePin,
  'confirm-receipt': confirmReceipt,
};

/** The actions that would be granted now, for people to choose from. */
export function actionsOf(shipment: Shipment): OperatorAction[] {
  const all: readonly OperatorAction[] = ['retry', 'release-pin', 'confirm-receipt'];
  return all.filter((action) => operatorActions[action](shipment).outcome === 'granted');
}

/** Checks again or redoes the owed step; never a second order, since every step looks before it leaps. */
function retry(shipment: Shipment): Asked {
  const { plan, failure } = shipment;
  if (plan.order === 'failed' && failure?.code === 'user_not_found')
    return granted({
      change: { order: 'requested', failure: null, rejoinLine: true },
      note: { event: 'shipment.retried' },
    });
  const lifted = recheck(shipment, 'operator');
  if (lifted !== null) return granted(lifted);
  if (!isOpen(plan)) return refused('shipment_ended');
  return granted({ change: { knockAgain: true }, note: { event: 'shipment.retried' } });
}

/** Overrides the release policy; for a changed address it is also the word that the new one is right. */
function releasePin(shipment: Shipment): Asked {
  const { plan, hold } = shipment;
  if (!isOpen(plan)) return refused('shipment_ended');
  if (plan.credential !== 'active') return refused('credential_not_active');
  if (plan.pin !== 'sealed') return refused('pin_not_waiting');
  const lifts = hold?.code === 'pin_address_changed';
  if (hold !== null && !lifts) return refused('shipment_held');
  return granted({
    change: { releaseOverridden: true, ...(lifts ? { hold: null, liftedHold: hold } : {}) },
    note: { event: 'pin.release_overridden' },
  });
}

const endedByReceipt: readonly HoldCode[] = ['parcel_lost', 'parcel_returned', 'transit_too_long', 'order_missing'];

/** The recipient has the key in hand: also ends the wait for a parcel that the carrier lost sight of. */
function confirmReceipt({ plan, hold }: Shipment): Asked {
  if (!isOpen(plan)) return refused('shipment_ended');
  if (plan.receiptConfirmed) return refused('already_confirmed');
  if (plan.order !== 'placed' || plan.parcel === 'preparing') return refused('not_shipped_yet');
  const lifts = hold !== null && endedByReceipt.includes(hold.code);
  return granted({
    change: { receiptConfirmed: true, ...(lifts ? { hold: null } : {}) },
    note: { event: 'receipt.confirmed' },
  });
}
