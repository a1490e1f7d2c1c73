import type { Shipment } from '../model/shipment.ts';
import { operatorActions, type ActionResult, type OperatorAction, type SecondHandNeeded } from './operator-actions.ts';

/** Who acts, as a person: an API key is its owner's hand. Two hands are two only where both are known to be other people. */
export type Hand =
  | {
      kind: 'person';
      /** Their logins at Okta; of an API key, of all to whom its secret was shown. */
      logins: readonly string[];
      /** Where Okta signed them in. */
      oktaUserId: string | null;
      requesters: Requesters;
    }
  /** An account without a login that could be compared. */
  | { kind: 'unknown_person' }
  /** An API key whose secret was shown to a person who is not known. */
  | { kind: 'unknown_owner' };

/** As shipments name who requested them. */
export interface Requesters {
  /** Those that are, or may be, the hand that acts. */
  own: readonly string[];
  /** API keys of people who are not known. */
  unknown: readonly string[];
}

type Compared = Pick<Shipment, 'user' | 'requestedBy'> & { secrets: { login?: string | undefined } };

/**
 * Whether the action has a PIN sent that its policy holds back, or sent again. That needs a fresh sign-in, a reason and
 * another person than the one it concerns. Confirming receipt does until the PIN is sent: a policy may wait for just that.
 */
export function concernsPin(
  { plan }: { plan: Pick<Shipment['plan'], 'pin' | 'release'> },
  action: OperatorAction,
): boolean {
  if (action === 'confirm-receipt') return plan.pin !== 'sent' && plan.release !== 'on_activation';
  return mayConcernPin(action);
}

/** Whether it does for some shipment. */
export const mayConcernPin = (action: OperatorAction): boolean =>
  action === 'release-pin' || action === 'resend-pin' || action === 'confirm-receipt';

/**
 * Why another hand has to take the action: no person has their own PIN sent, or that of a key that they requested. Null where no
 * other hand is needed.
 */
export function secondHandNeeded(
  shipment: Compared & Parameters<typeof concernsPin>[0],
  action: OperatorAction,
  hand: Hand,
): SecondHandNeeded | null {
  if (!concernsPin(shipment, action)) return null;
  if (hand.kind !== 'person') return hand.kind;
  if (isOf(shipment, hand)) return 'own_pin';
  const { requestedBy } = shipment;
  if (requestedBy === null) return null;
  if (hand.requesters.own.includes(requestedBy)) return 'own_request';
  return hand.requesters.unknown.includes(requestedBy) ? 'unknown_requester' : null;
}

function isOf({ user, secrets: { login } }: Compared, hand: Extract<Hand, { kind: 'person' }>): boolean {
  if (user.id !== null && user.id === hand.oktaUserId) return true;
  return login !== undefined && hand.logins.some((one) => isSameLogin(one, login));
}

/** Okta compares logins without regard to case. */
export const isSameLogin = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The decision of the action, refused where another hand has to take it. */
export const decideAs =
  (hand: Hand, action: OperatorAction) =>
  (shipment: Shipment): ActionResult => {
    const because = secondHandNeeded(shipment, action, hand);
    return because === null
      ? operatorActions[action](shipment)
      : { outcome: 'refused', code: 'second_hand_needed', because };
  };
