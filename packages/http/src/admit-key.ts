import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { unknownCallers } from '@keycourier/runtime/tenant-lanes';
import type { TenantShares } from '@keycourier/runtime/tenant-shares';

import type { KeyOwner, Limits, Quota } from './limits.ts';

export type AdmittedKey<Found> =
  | { outcome: 'admitted'; found: Found; quota: Quota }
  /** `by` is null for a request without a valid key. */
  | { outcome: 'excess'; quota: Quota; by: KeyOwner | null }
  | { outcome: 'unknown' };

/** Who may send requests with keys of one kind, and how many. */
export interface KeyCheck<Found> {
  limits: Limits;
  /** Lookups of keys that are not known have one share together. */
  shares: TenantShares;
  ownerOf: (found: Found) => Pick<ApiKey, 'id' | 'tenant' | 'requestsPerMinute'>;
}

export interface PresentedKey<Found> {
  /** Null where the request has none. */
  key: string | null;
  address: string;
  /** Null for a key that is not accepted. */
  lookUp: () => Promise<Found | null>;
}

/** Looks a request's key up and counts the request. One without a valid key counts against its address. */
export async function admitKey<Found>(
  check: KeyCheck<Found>,
  presented: PresentedKey<Found>,
): Promise<AdmittedKey<Found>> {
  const { limits, ownerOf } = check;
  const { key } = presented;
  const identified = await identify(check, presented);
  if (identified.outcome === 'excess') return identified;
  if (key === null || identified.found === null) return { outcome: 'unknown' };
  const { found } = identified;
  const owner = ownerOf(found);
  const quota = await limits.countRequest(owner);
  if (quota.consumed <= quota.limit) return { outcome: 'admitted', found, quota };
  await limits.rememberUsedUp(key, quota, owner);
  return { outcome: 'excess', quota, by: owner };
}

type Identified<Found> =
  | { outcome: 'looked_up'; found: Found | null }
  | { outcome: 'excess'; quota: Quota; by: KeyOwner | null };

/** Looks the key up, unless that would let a flood reach the database: of wrong keys, or of one whose quota is used up. */
async function identify<Found>(check: KeyCheck<Found>, presented: PresentedKey<Found>): Promise<Identified<Found>> {
  const { limits, shares } = check;
  const { key, address, lookUp } = presented;
  if (key === null) return countUnknown(limits, key, address);
  if (await limits.isKnown(key)) return lookUpKnown(limits, { ...presented, key });
  return limits.inTurn(key, async () => {
    if (await limits.isKnown(key)) return lookUpKnown(limits, { ...presented, key });
    const counted = await countUnknown(limits, key, address);
    if (counted.outcome === 'excess') return counted;
    // Callers that are not known have one share together: keys sprayed from many addresses take no more.
    const found = await shares.run(unknownCallers, lookUp);
    if (found !== null) await Promise.all([limits.takeBackFailure(address), limits.remember(key)]);
    return { outcome: 'looked_up', found };
  });
}

async function lookUpKnown<Found>(
  limits: Limits,
  { key, address, lookUp }: PresentedKey<Found> & { key: string },
): Promise<Identified<Found>> {
  const usedUp = await limits.readUsedUp(key);
  if (usedUp !== null) return { outcome: 'excess', ...usedUp };
  const found = await lookUp();
  // Revoked since.
  if (found === null) await Promise.all([limits.forget(key), limits.countFailure(address)]);
  else await limits.remember(key);
  return { outcome: 'looked_up', found };
}

/** Counts a request without a known key. An accepted key passes however many wrong ones came from its address. */
async function countUnknown(limits: Limits, key: string | null, address: string): Promise<Identified<never>> {
  const quota = await limits.countFailure(address);
  const isExcess = quota.consumed > quota.limit && !(key !== null && (await limits.isAccepted(key)));
  return isExcess ? { outcome: 'excess', quota, by: null } : { outcome: 'looked_up', found: null };
}
