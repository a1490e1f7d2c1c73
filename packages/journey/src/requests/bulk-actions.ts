import { causeOf } from '../model/cause.ts';
import type { Shipment } from '../model/shipment.ts';
import { statusOf } from '../model/status.ts';
import type { CheckAddress } from '../ports/address.ts';
import { correct } from './correct-address.ts';
import {
  needsOperator,
  operatorActions,
  refused,
  type ActionResult,
  type RefusalCode,
  type SecondHandNeeded,
} from './operator-actions.ts';
import { decideAs, type Hand } from './two-hands.ts';

/**
 * What may be done to all shipments that a filter selects. Not among them: `release-pin` and `confirm-receipt`, which say
 * something about one person each (the address that Okta has now, the key in their hand), and a correction with values.
 */
export const bulkActions = ['retry', 'accept-correction', 'cancel', 'resend-pin', 'snooze', 'claim'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Those that decide about the shipment; the others are about who looks into its hold, and when. */
export type MovingBulkAction = Exclude<BulkAction, 'snooze' | 'claim'>;

/** Those that send PINs: they need a fresh sign-in. */
export const sendsPins = (action: BulkAction): boolean => action === 'resend-pin';

/** Why a shipment has no part in an action on a filter, or had none. */
export type OutCode =
  | Exclude<RefusalCode, 'second_hand_needed'>
  | SecondHandNeeded
  /** The person has another open shipment. */
  | 'duplicate'
  /** It is no longer as the dry run saw it. */
  | 'changed_since'
  | 'changed_meanwhile'
  | 'erased'
  /** The tenant permits no corrections (`addresses.overrides`). */
  | 'overrides_forbidden'
  /** An error of ours, which is logged. */
  | 'fault';

export type BulkVerdict = { outcome: 'in' } | { outcome: 'out'; code: OutCode } | { outcome: 'unchanged' };

export interface BulkRules {
  /** Whom PINs are compared with; null where no one is compared: in a local stack. */
  hand: Hand | null;
  checkAddress: CheckAddress;
}

export const isMoving = (action: BulkAction): action is MovingBulkAction => action !== 'snooze' && action !== 'claim';

/** Decides about one of the selected shipments as for the single action, but never what has to be looked at one by one. */
export const decideInBulk =
  (action: MovingBulkAction, { hand, checkAddress }: BulkRules) =>
  (shipment: Shipment): ActionResult => {
    switch (action) {
      case 'retry':
        return retry(shipment);
      case 'accept-correction':
        return correct(shipment, { decision: 'accept' }, checkAddress);
      case 'cancel':
      case 'resend-pin':
        return hand === null ? operatorActions[action](shipment) : decideAs(hand, action)(shipment);
    }
  };

/** For what waits for a remedy. What goes on by itself needs none, and thousands of calls at once help no service. */
function retry(shipment: Shipment): ActionResult {
  if (needsOperator(shipment, 'retry')) return refused('needs_operator');
  if (shipment.hold === null && shipment.plan.order !== 'failed') return refused('not_held');
  return operatorActions.retry(shipment);
}

/** What the action would do with the shipment now. */
export function judgeInBulk(shipment: Shipment, action: BulkAction, rules: BulkRules): BulkVerdict {
  if (!isMoving(action)) return shipment.hold === null ? { outcome: 'out', code: 'not_held' } : { outcome: 'in' };
  const result = decideInBulk(action, rules)(shipment);
  switch (result.outcome) {
    case 'granted':
      return { outcome: 'in' };
    case 'already':
      return { outcome: 'unchanged' };
    case 'refused':
      return { outcome: 'out', code: result.code === 'second_hand_needed' ? result.because : result.code };
  }
}

/**
 * What a dry run decides by, as one text: a shipment with another one is no longer what the operator saw. It has suggested
 * values, so it is stored as a keyed hash only.
 */
export function seenInBulk({ plan, hold, secrets }: Shipment, action: BulkAction): string {
  const suggested = action === 'accept-correction' ? (secrets.suggestion?.values ?? null) : null;
  return JSON.stringify([
    statusOf(plan),
    hold === null ? null : causeOf(hold),
    hold?.since.toISOString() ?? null,
    suggested,
  ]);
}
