import type { Shipment } from '../model/shipment.ts';
import type { OperatorAction } from './operator-actions.ts';

/** Who acts, as the sign-in knows them. */
export interface Actor {
  /** A login, or the name of a local account. */
  user: string;
  /** Null for local accounts. */
  oktaUserId: string | null;
}

export type SecondHandNeeded =
  /** The PIN is the actor's own. */
  | 'own_pin'
  /** The actor requested the shipment. */
  | 'own_request';

/** What concerns a PIN needs a fresh sign-in, a reason and, beside who is concerned, another person. */
export const concernsPin = (action: OperatorAction): boolean => action === 'release-pin' || action === 'resend-pin';

/**
 * Why another operator has to take the action: no operator has their own PIN sent, or the PIN of a key that they requested. Null
 * where none is needed.
 */
export function secondHandNeeded(
  { user, secrets, requestedBy }: Pick<Shipment, 'user' | 'requestedBy'> & { secrets: { login?: string | undefined } },
  action: OperatorAction,
  actor: Actor,
): SecondHandNeeded | null {
  if (!concernsPin(action)) return null;
  if (user.id !== null && user.id === actor.oktaUserId) return 'own_pin';
  if (secrets.login !== undefined && isSame(secrets.login, actor.user)) return 'own_pin';
  return requestedBy !== null && isSame(requestedBy, actor.user) ? 'own_request' : null;
}

/** Okta compares logins without regard to case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
