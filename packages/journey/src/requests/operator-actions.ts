import type { Decision } from '../model/change.ts';
import { isLiftedBy, isRemembered } from '../model/holds.ts';
import { isOpen } from '../model/plan.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import { recheck } from './recheck.ts';

const allActions = ['retry', 'cancel', 'release-pin', 'resend-pin', 'confirm-receipt'] as const;

/** What a person may ask of a shipment. Each is decided purely, under the row's lock, and refused with a code when it does not apply now. */
export type OperatorAction = (typeof allActions)[number];

export type ActionResult =
  | { outcome: 'granted'; decision: Decision }
  /** It was asked for before: once more changes nothing. */
  | { outcome: 'already' }
  | { outcome: 'refused'; code: RefusalCode; problems?: readonly Problem[] };

export type RefusalCode =
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
export const refused = (code: RefusalCode, problems?: readonly Problem[]): ActionResult => ({
  outcome: 'refused',
  code,
  ...(problems === undefined ? {} : { problems }),
});

export const operatorActions: Readonly<Record<OperatorAction, (shipment: Shipment) => ActionResult>> = {
  retry,
  cancel,
  'release-pin': releasePin,
  'resend-pin': resendPin,
  'confirm-receipt': confirmReceipt,
};

/** Whether the provider is known to have locked the order for processing. Its answer decides; this only saves the call. */
export function isLocked({ plan, order }: Pick<Shipment, 'plan' | 'order'>): boolean {
  return plan.order === 'placed' && (plan.programmed || plan.parcel !== 'preparing' || order.isLocked);
}

/** The actions that would be granted now, for people to choose from. */
export function actionsOf(shipment: Shipment): OperatorAction[] {
  return allActions.filter((action) => operatorActions[action](shipment).outcome === 'granted');
}

/** Checks again or redoes the owed step; never a second order, since every step looks before it leaps. */
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

/**
 * Everywhere at once, until the provider locks the order: the order goes, then the enrollment, and the shipment ends.
 * What is not known yet (an unanswered order) is found out first.
 */
function cancel(shipment: Shipment): ActionResult {
  const { plan } = shipment;
  if (plan.order === 'cancelled' || plan.order === 'cancelling' || plan.cancelRequested) return { outcome: 'already' };
  if (!isOpen(plan)) return refused('shipment_ended');
  if (plan.credential === 'active' || isLocked(shipment)) return refused('order_locked');
  return granted({
    change: {
      cancelRequested: true,
      hold: null,
      // Okta's envelopes are of use to nobody but the order that is not to be.
      secrets: { requestEnvelopes: null },
      retryNow: true,
    },
    note: { event: 'cancel.requested' },
  });
}

/** Overrides the release policy; for a changed address it is also the word that the new one is right. */
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
 * Has Okta mail the PIN once more. We cannot: our copy went in the moment that recorded it as sent (invariant 5). The
 * person is read again first, as at the first release.
 */
function resendPin({ plan, hold, pinPolicy }: Shipment): ActionResult {
  if (plan.order !== 'placed' && plan.order !== 'closed') return refused('shipment_ended');
  if (plan.credential !== 'active') return refused('credential_not_active');
  if (plan.pin !== 'sent') return refused('pin_not_sent');
  if (pinPolicy.channel === 'smtp') return refused('pin_forgotten');
  if (hold !== null) return refused('shipment_held');
  return granted({
    // Whoever vouched for a changed address the last time has not seen what it is now.
    change: { pin: 'sealed', releaseOverridden: true, liftedHold: null },
    note: { event: 'pin.resend_requested' },
  });
}

/** The recipient has the key in hand: also ends the wait for a parcel that the carrier lost sight of. */
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
