import type { Shipment } from '../model/shipment.ts';
import { operatorActions, type ActionResult, type OperatorAction, type SecondHandNeeded } from './operator-actions.ts';

/** Who acts, as far as they are compared with whom a PIN concerns. */
export type Hand =
  /** The owner of an API key is not known: keys are compared. */
  | { kind: 'api_key'; id: string }
  /**
   * An operator, by the login at Okta and, where Okta signed them in, the user id. `requester` is how shipments that they
   * requested in the console name them.
   */
  | { kind: 'person'; login: string; oktaUserId: string | null; requester?: string | undefined }
  /** An account without a login that could be compared. */
  | { kind: 'unknown_person' };

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
  return action === 'release-pin' || action === 'resend-pin';
}

/**
 * Why another hand has to take the action: no operator has their own PIN sent, and no API key the PIN of a shipment that it
 * requested. Null where none is needed.
 */
export function secondHandNeeded(
  shipment: Compared & Parameters<typeof concernsPin>[0],
  action: OperatorAction,
  hand: Hand,
): SecondHandNeeded | null {
  if (!concernsPin(shipment, action)) return null;
  switch (hand.kind) {
    case 'api_key':
      return shipment.requestedBy === hand.id ? 'own_request' : null;
    case 'person':
      if (isOf(shipment, hand)) return 'own_pin';
      return shipment.requestedBy !== null && shipment.requestedBy === hand.requester ? 'own_request' : null;
    case 'unknown_person':
      return 'unknown_person';
  }
}

function isOf({ user, secrets }: Compared, { login, oktaUserId }: Extract<Hand, { kind: 'person' }>): boolean {
  if (user.id !== null && user.id === oktaUserId) return true;
  return secrets.login !== undefined && isSame(secrets.login, login);
}

/** Okta compares logins without regard to case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The decision of the action, refused where another hand has to take it. */
export const decideAs =
  (hand: Hand, action: OperatorAction) =>
  (shipment: Shipment): ActionResult => {
    const because = secondHandNeeded(shipment, action, hand);
    return because === null
      ? operatorActions[action](shipment)
      : { outcome: 'refused', code: 'second_hand_needed', because };
  };
