import type { Hand } from '@keycourier/journey/requests/two-hands';
import type { Sealing } from '@keycourier/ledger/sealing';

/** How shipments that an operator requested name them: by a keyed hash, since that is kept for good. */
export const requesterOf = ({ blindIndex }: Pick<Sealing, 'blindIndex'>, user: string): string =>
  `operator:${blindIndex(`operator:${user.toLowerCase()}`)}`;

interface SignedIn {
  user: string;
  login: string | null;
  oktaUserId: string | null;
}

/** Whom a PIN is compared with. In production, an account of the operators' file has to name its login for that. */
export function handOfOperator(
  { user, login, oktaUserId }: SignedIn,
  { mode, sealing }: { mode: string; sealing: Pick<Sealing, 'blindIndex'> },
): Hand {
  if (mode === 'production' && login === null && oktaUserId === null) return { kind: 'unknown_person' };
  return { kind: 'person', login: login ?? user, oktaUserId, requester: requesterOf(sealing, user) };
}
