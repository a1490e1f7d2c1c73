import type { Decision } from '../model/change.ts';
import { isLiftedBy, isRemembered } from '../model/holds.ts';
import { isOpen } from '../model/plan.ts';
import { requestCancel } from '../model/request-cancel.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import { recheck } from './recheck.ts';

export const allActions = ['retry', 'cancel', 'release-pin', 'resend-pin', 'confirm-receipt'] as const;

/** What an operator may request. Each is a pure decision under the row's lock, refused with a code where it does not apply. */
export type OperatorAction = (typeof allActions)[number];

export type ActionResult =
  | { outcome: 'granted'; decision: Decision }
  /** It was requested before: a repeat changes nothing. */
  | { outcome: 'already' }
  | { outcome: 'refused'; code: Exclude<RefusalCode, 'second_hand_needed'>; problems?: readonly Problem[] }
  | { outcome: 'refused'; code: 'second_hand_needed'; because: SecondHandNeeded };

export type SecondHandNeeded =
  /** The PIN is the operator's own. */
  | 'own_pin'
  /** The API key requested the shipment. */
  | 'own_request'
  /** Whose account it is that acts is not known. */
  | 'unknown_person'
  /** The API key that acts has no known owner, or was shown to one without. */
  | 'unknown_owner'
  /** Nor has the API key that requested the shipment. */
  | 'unknown_requester';

export type RefusalCode =
  | 'needs_operator'
  | 'second_hand_needed'
  | 'shipment_ended'
  | 'credential_not_active'
  | 'pin_not_waiting'
  | 'pin_not_sent'
  | 'pin_forgotten'
  | 'shipment_held'
  | 'not_held'
  | 'not_shipped_yet'
  | 'already_confirmed'
  | 'order_locked'
  | 'order_under_way'
  | 'nothing_suggested'
  | 'correction_unshippable';

export const granted = (decision: Decision): ActionResult => ({ outcome: 'granted', decision });
export const refused = (
  code: Exclude<RefusalCode, 'second_hand_needed'>,
  problems?: readonly Problem[],
): ActionResult => ({
  outcome: 'refused',
  code,
  ...(problems === undefined ? {} : { problems }),
});

export const operatorActions: Readonly<Record<OperatorAction, (shipment: Shipment) => ActionResult>> = {
  retry,
  cancel: requestCancel,
  'release-pin': releasePin,
  'resend-pin': resendPin,
  'confirm-receipt': confirmReceipt,
};

/** The actions that would be granted now. */
export function actionsOf(shipment: Shipment): OperatorAction[] {
  return allActions.filter((action) => operatorActions[action](shipment).outcome === 'granted');
}

/**
 * Whether an action that anyone who requests keys may take needs an operator now: it would release a PIN before its policy
 * does, confirm an order that the provider has twice, or go on for a person whom a SCIM client deactivated.
 */
export function needsOperator({ plan, hold }: Shipment, action: OperatorAction): boolean {
  switch (action) {
    case 'retry':
      return hold !== null && (hold.code === 'suspended' || isRemembered(hold.code, 'operator'));
    case 'confirm-receipt':
      return plan.release === 'on_delivery' && plan.parcel !== 'delivered' && plan.pin !== 'sent';
    case 'cancel':
    case 'release-pin':
    case 'resend-pin':
      return false;
  }
}

/** Checks again or repeats the next step; never a second order, since each step checks the remote state before it acts. */
function retry(shipment: Shipment): ActionResult {
  const { plan, failure } = shipment;
  if (plan.order === 'failed' && failure?.code === 'user_not_found')
    return granted({
      change: { order: 'requested', failure: null, moveToBack: true },
      note: { event: 'shipment.retried' },
    });
  const lifted = recheck(shipment, 'operator');
  if (lifted !== null) return granted(lifted);
  if (!isOpen(plan)) return refused('shipment_ended');
  return granted({ change: { retryNow: true }, note: { event: 'shipment.retried' } });
}

/** Overrides the release policy; for a changed address it also confirms the new one. */
function releasePin(shipment: Shipment): ActionResult {
  const { plan, hold } = shipment;
  if (!isOpen(plan)) return refused('shipment_ended');
  if (plan.credential !== 'active') return refused('credential_not_active');
  if (plan.pin !== 'sealed') return refused('pin_not_waiting');
  if (hold !== null && !isLiftedBy(hold.code, 'pin_release')) return refused('shipment_held');
  const liftedHold = hold !== null && isRemembered(hold.code, 'pin_release') ? { liftedHold: hold } : {};
  return granted({
    change: { releaseOverridden: true, ...(hold === null ? {} : { hold: null, ...liftedHold }) },
    note: { event: 'pin.release_overridden' },
  });
}

/**
 * Has Okta mail the PIN once more. We cannot: our copy was deleted in the transaction that recorded it as sent
 * (invariant 5). The user is read again first, as for the first release.
 */
function resendPin({ plan, hold, pinPolicy }: Shipment): ActionResult {
  if (plan.order === 'cancelled' || plan.order === 'failed') return refused('shipment_ended');
  if (plan.order !== 'placed' && plan.order !== 'closed') return refused('credential_not_active');
  if (plan.credential !== 'active') return refused('credential_not_active');
  if (plan.pin !== 'sent') return refused('pin_not_sent');
  if (pinPolicy.channel === 'smtp') return refused('pin_forgotten');
  if (hold !== null) return refused('shipment_held');
  return granted({
    // The operator who confirmed a changed address before has not seen the one that Okta has now.
    change: { pin: 'sealed', releaseOverridden: true, liftedHold: null },
    note: { event: 'pin.resend_requested' },
  });
}

/** The recipient has received the key: also ends the wait for a parcel that the carrier lost. */
function confirmReceipt({ plan, hold }: Shipment): ActionResult {
  if (!isOpen(plan)) return refused('shipment_ended');
  if (plan.receiptConfirmed) return refused('already_confirmed');
  if (plan.order !== 'placed' || plan.parcel === 'preparing') return refused('not_shipped_yet');
  const lifts = hold !== null && isLiftedBy(hold.code, 'receipt');
  return granted({
    change: { receiptConfirmed: true, ...(lifts ? { hold: null } : {}) },
    note: { event: 'receipt.confirmed' },
  });
}
