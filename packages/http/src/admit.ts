import type { TenantShares } from '@keycourier/runtime/tenant-shares';

import { refuse, type Answer } from './answer.ts';
import { findCaller, type Caller, type CallerDirectory } from './find-caller.ts';
import { quotaHeaders, type Limits, type Quota, type KeyOwner } from './limits.ts';

export type Admission<Tenant> =
  /** `headers` hold the key's remaining quota and go with every answer. */
  | { outcome: 'admitted'; caller: Caller<Tenant>; headers: Readonly<Record<string, string>> }
  /** `by` is null for a request without a valid key. */
  | { outcome: 'refused'; answer: Answer; by: KeyOwner | null };

/** The name of no tenant. */
const unknownCallers = '';

const bearer = /^Bearer +([!-~]{1,512})$/i;

/** Authenticates a request and applies the rate limits. Requests without a valid key count against their address. */
export async function admit<Tenant>(
  context: CallerDirectory<Tenant> & { limits: Limits; shares: TenantShares },
  { authorization, address }: { authorization: string | undefined; address: string },
): Promise<Admission<Tenant>> {
  const { limits } = context;
  const [, key = null] = bearer.exec(authorization ?? '') ?? [];
  const found = await identify(context, key, address);
  if (found.outcome === 'excess') return { outcome: 'refused', answer: tooMany(found.quota), by: found.by };
  if (key === null || found.caller === null) return { outcome: 'refused', answer: unauthorized, by: null };
  const { caller } = found;
  const quota = await limits.countRequest(caller.apiKey);
  if (quota.consumed <= quota.limit) return { outcome: 'admitted', caller, headers: quotaHeaders(quota) };
  await limits.rememberUsedUp(key, quota, caller.apiKey);
  return { outcome: 'refused', answer: tooMany(quota), by: caller.apiKey };
}

type Excess = { outcome: 'excess'; quota: Quota; by: KeyOwner | null };

type Identified<Tenant> = { outcome: 'looked_up'; caller: Caller<Tenant> | null } | Excess;

/** Looks the key up, unless that would let a flood reach the database: of wrong keys, or of one whose quota is used up. */
async function identify<Tenant>(
  context: CallerDirectory<Tenant> & { limits: Limits; shares: TenantShares },
  key: string | null,
  address: string,
): Promise<Identified<Tenant>> {
  const { limits } = context;
  if (key === null) return countUnknown(limits, key, address);
  if (await limits.isKnown(key)) return lookUpKnown(context, key, address);
  return limits.inTurn(key, async () => {
    if (await limits.isKnown(key)) return lookUpKnown(context, key, address);
    const counted = await countUnknown(limits, key, address);
    if (counted.outcome === 'excess') return counted;
    // Callers that are not known have one share together: keys sprayed from many addresses take no more.
    const caller = await context.shares.run(unknownCallers, () => findCaller(context, key));
    if (caller !== null) await Promise.all([limits.takeBackFailure(address), limits.remember(key)]);
    return { outcome: 'looked_up', caller };
  });
}

async function lookUpKnown<Tenant>(
  context: CallerDirectory<Tenant> & { limits: Limits; shares: TenantShares },
  key: string,
  address: string,
): Promise<Identified<Tenant>> {
  const { limits } = context;
  const usedUp = await limits.readUsedUp(key);
  if (usedUp !== null) return { outcome: 'excess', ...usedUp };
  const caller = await findCaller(context, key);
  // Revoked since.
  if (caller === null) await Promise.all([limits.forget(key), limits.countFailure(address)]);
  else await limits.remember(key);
  return { outcome: 'looked_up', caller };
}

/** Counts a request without a known key. An accepted key passes however many wrong ones came from its address. */
async function countUnknown(
  limits: Limits,
  key: string | null,
  address: string,
): Promise<{ outcome: 'looked_up'; caller: null } | Excess> {
  const quota = await limits.countFailure(address);
  const isExcess = quota.consumed > quota.limit && !(key !== null && (await limits.isAccepted(key)));
  return isExcess ? { outcome: 'excess', quota, by: null } : { outcome: 'looked_up', caller: null };
}

const unauthorized = refuse('unauthorized', 'Send a valid API key as "Authorization: Bearer <key>".', {
  headers: { 'www-authenticate': 'Bearer' },
});

const rules: Readonly<Record<Quota['policy'], (limit: number) => string>> = {
  key: (limit) => `This API key may send ${limit} requests a minute.`,
  tenant: (limit) => `The API keys of this tenant may send ${limit} requests a minute together.`,
  address: (limit) => `This address may send ${limit} requests without a valid API key a minute.`,
};

function tooMany(quota: Quota): Answer {
  const { policy, limit, resetSeconds } = quota;
  return refuse('too_many_requests', `${rules[policy](limit)} Retry in ${resetSeconds} seconds.`, {
    headers: { ...quotaHeaders(quota), 'retry-after': String(resetSeconds) },
  });
}
