import { isSameLogin, type Hand } from '@keycourier/journey/requests/two-hands';
import { readKeyOrigins, type KeyOrigin } from '@keycourier/ledger/api-keys/key-owners';
import type { Acting } from '@keycourier/ledger/bulk/bulk-action';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Sealing } from '@keycourier/ledger/sealing';

/** How shipments that an operator requested name them: by a keyed hash, since that is kept for good. */
export const requesterOf = ({ blindIndex }: Pick<Sealing, 'blindIndex'>, user: string): string =>
  `operator:${blindIndex(`operator:${user.toLowerCase()}`)}`;

interface SignedIn {
  user: string;
  login: string | null;
  oktaUserId: string | null;
}

/** An operator who acts. In production, an account of the operators' file has to name its login to be compared with a PIN's person. */
export function operatorActs(
  { user, login, oktaUserId }: SignedIn,
  { mode, sealing }: { mode: string; sealing: Pick<Sealing, 'blindIndex'> },
): Acting {
  if (mode === 'production' && login === null && oktaUserId === null) return { kind: 'unknown_person' };
  const isLocal = mode === 'local' ? { isLocal: true } : {};
  return { kind: 'person', login: login ?? user, oktaUserId, requester: requesterOf(sealing, user), ...isLocal };
}

/** An API key that acts; null in a local stack, which has one key for everything. */
export const keyActs = ({ id }: { id: string }, mode: string): Acting | null =>
  mode === 'local' ? null : { kind: 'api_key', id };

/**
 * The hand that PINs and requests are compared with: read for each action, since the owner of a key may be named meanwhile.
 * The secret of a key is known to its owner, to whom it was shown when it was made or rotated, and to theirs.
 */
export async function handOf(ledger: Ledger, tenant: string, acting: Acting): Promise<Hand> {
  if (acting.kind === 'unknown_person') return acting;
  const keys = holdersOfAll(await readKeyOrigins(ledger, tenant));
  const named = (login: string): string => requesterOf(ledger.sealing, login);
  return acting.kind === 'person' ? handOfOperator(acting, { keys, named }) : handOfKey(acting.id, { keys, named });
}

/** Of a key, its owner and all to whom its secret was shown; null stands for a person who is not known. */
interface KeyHolders {
  id: string;
  owner: string | null;
  holders: readonly (string | null)[];
}

interface Known {
  keys: readonly KeyHolders[];
  named: (login: string) => string;
}

function handOfOperator(
  { login, oktaUserId, requester, isLocal }: Extract<Acting, { kind: 'person' }>,
  { keys, named }: Known,
): Hand {
  const names = [named(login), ...(requester === undefined ? [] : [requester])];
  const isTheirs = ({ holders }: KeyHolders): boolean =>
    holders.some((one) => one !== null && names.includes(named(one)));
  const own = [...names, ...idsOf(keys.filter(isTheirs))];
  // A local stack from before owners were named has one key, of no known owner.
  return { kind: 'person', logins: [login], oktaUserId, requesters: { own, unknown: isLocal ? [] : unknownOf(keys) } };
}

/** The key that made two keys for two people is none of them: each of the two is compared with the owner of the other. */
function handOfKey(id: string, { keys, named }: Known): Hand {
  const acting = keys.find((key) => key.id === id);
  if (acting === undefined || acting.owner === null || acting.holders.includes(null)) return { kind: 'unknown_owner' };
  const { owner } = acting;
  const logins = acting.holders.filter((one) => one !== null);
  const isTheirs = (key: KeyHolders): boolean => has(logins, key.owner) || has(key.holders, owner);
  const own = [...logins.map(named), ...idsOf(keys.filter(isTheirs))];
  return { kind: 'person', logins, oktaUserId: null, requesters: { own, unknown: unknownOf(keys) } };
}

const has = (logins: readonly (string | null)[], wanted: string | null): boolean =>
  wanted !== null && logins.some((one) => one !== null && isSameLogin(one, wanted));

const idsOf = (keys: readonly KeyHolders[]): string[] => keys.map(({ id }) => id);

const unknownOf = (keys: readonly KeyHolders[]): string[] =>
  idsOf(keys.filter(({ holders }) => holders.includes(null)));

function holdersOfAll(origins: readonly KeyOrigin[]): KeyHolders[] {
  const byId = new Map(origins.map((key) => [key.id, key]));
  return origins.map(({ id, owner }) => ({ id, owner, holders: [...new Set(ownersFrom(byId, id))] }));
}

function ownersFrom(byId: ReadonlyMap<string, KeyOrigin>, id: string): (string | null)[] {
  // Grows while it is read: a Set goes on with what is added.
  const reached = new Set([id]);
  for (const one of reached) for (const other of byId.get(one)?.holderKeys ?? []) reached.add(other);
  return [...reached].map((one) => byId.get(one)?.owner ?? null);
}
