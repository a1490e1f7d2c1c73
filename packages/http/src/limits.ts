import { createHash } from 'node:crypto';

import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { clientNetwork } from '@keycourier/runtime/client-network';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

import { createAcceptedKeys } from './accepted-keys.ts';
import { createJoinLookups, type JoinLookups } from './join-lookups.ts';

/** The quota of an API key, a tenant or an address, in a minute that began with its first request. */
export interface Quota {
  /** `tenant` is for all keys of a tenant together, `address` for requests without a valid API key. */
  policy: 'key' | 'tenant' | 'address';
  limit: number;
  consumed: number;
  remaining: number;
  resetSeconds: number;
}

export interface LimitSettings {
  /** For each API key that has no limit of its own. */
  requestsPerMinute: number;
  /** For all keys of a tenant together; a key that has a higher limit of its own may use that. */
  tenantRequestsPerMinute: number;
  /** For each address, of requests that came without a valid key. */
  failuresPerMinute: number;
}

/** As many addresses as may send that many requests without a valid key: keys sprayed from more of them are limited too. */
const addressesAtOnce = 50;

/** Whose key it is, for the log. */
export type KeyOwner = Pick<ApiKey, 'id' | 'tenant'>;

/**
 * Counts in the memory of this process, so that a flood of requests never reaches the database: each replica allows
 * the full limit, and a restart resets the counts.
 */
export interface Limits {
  /** Of the key; of its tenant where that is used up. What exceeds the key's does not count for the tenant's. */
  countRequest: (apiKey: Pick<ApiKey, 'id' | 'tenant' | 'requestsPerMinute'>) => Promise<Quota>;
  /** Counts a request whose key is not known yet, before it is looked up, so that a burst cannot exceed the limit. */
  countFailure: (address: string) => Promise<Quota>;
  /** The key was valid after all. */
  takeBackFailure: (address: string) => Promise<void>;
  /** Whether the key was valid recently: failures of other callers at the same address do not block its caller. */
  isKnown: (key: string) => Promise<boolean>;
  /** Runs `work` after what came before with the same key: the first requests of a new key look it up once. */
  inTurn: <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;
  /** Keeps a flood of requests with one key to one lookup at a time. */
  joinLookups: JoinLookups<ApiKey | null>;
  /** Whether the key may be valid, for a caller that is not known at an address that sent too many wrong ones. */
  isAccepted: (key: string) => Promise<boolean>;
  /** The quota of a key that was used up when it was last counted; null until a new minute begins. */
  readUsedUp: (key: string) => Promise<{ quota: Quota; by: KeyOwner | null } | null>;
  rememberUsedUp: (key: string, quota: Quota, by: KeyOwner) => Promise<void>;
  remember: (key: string) => Promise<void>;
  forget: (key: string) => Promise<void>;
}

const windowSeconds = 60;
const knownForSeconds = 3_600;
// Our code compares with the key's own limit; the library knows only one limit for all keys.
const points = Number.MAX_SAFE_INTEGER;

/** `listKeyHashes` returns the hashes of all accepted keys, as hashed here; `nowMs` is the clock by which that list ages. */
export function createLimits(
  settings: LimitSettings,
  listKeyHashes: () => Promise<readonly string[]>,
  nowMs?: () => number,
): Limits {
  const { failuresPerMinute } = settings;
  const counter = (keyPrefix: string, duration = windowSeconds): RateLimiterMemory =>
    new RateLimiterMemory({ keyPrefix, points, duration });
  const [failures, usedUp] = [counter('address'), createUsedUp(counter('used-up'))];
  const known = counter('known', knownForSeconds);
  const accepted = createAcceptedKeys(listKeyHashes, nowMs);
  const joinLookups = createJoinLookups<ApiKey | null>();
  return {
    countRequest: createRequestCount(settings, { keys: counter('key'), tenants: counter('tenant') }),
    countFailure: async (address) => {
      const own = quotaOf('address', failuresPerMinute, await failures.consume(clientNetwork(address)));
      if (own.consumed > own.limit) return own;
      const all = quotaOf('address', failuresPerMinute * addressesAtOnce, await failures.consume(everyAddress));
      return all.consumed > all.limit ? { ...all, limit: own.limit, consumed: own.limit + 1 } : own;
    },
    takeBackFailure: async (address) => {
      await Promise.all([failures.reward(clientNetwork(address)), failures.reward(everyAddress)]);
    },
    isKnown: async (key) => (await known.get(hashOf(key))) !== null,
    inTurn: createQueueByKey(),
    joinLookups: (key, lookUp) => joinLookups(hashOf(key), lookUp),
    isAccepted: (key) => accepted.has(hashOf(key)),
    readUsedUp: usedUp.read,
    rememberUsedUp: usedUp.remember,
    remember: async (key) => {
      await known.set(hashOf(key), 1, knownForSeconds);
    },
    forget: async (key) => {
      accepted.forget(hashOf(key));
      await Promise.all([known.delete(hashOf(key)), usedUp.forget(key)]);
    },
  };
}

const everyAddress = 'all';

const createRequestCount =
  (
    { requestsPerMinute, tenantRequestsPerMinute }: LimitSettings,
    { keys, tenants }: { keys: RateLimiterMemory; tenants: RateLimiterMemory },
  ): Limits['countRequest'] =>
  async ({ id, tenant, requestsPerMinute: ownLimit }) => {
    const own = quotaOf('key', ownLimit ?? requestsPerMinute, await keys.consume(id));
    if (own.consumed > own.limit) return own;
    const limit = Math.max(tenantRequestsPerMinute, ownLimit ?? 0);
    const together = quotaOf('tenant', limit, await tenants.consume(tenant));
    return together.consumed > limit ? together : own;
  };

interface UsedUp {
  read: Limits['readUsedUp'];
  remember: Limits['rememberUsedUp'];
  forget: (key: string) => Promise<unknown>;
}

function createUsedUp(counter: RateLimiterMemory): UsedUp {
  // At most as many as there are valid keys.
  const owners = new Map<string, { by: KeyOwner; policy: Quota['policy'] }>();
  return {
    read: async (key) => {
      const counted = await counter.get(hashOf(key));
      if (counted === null) return null;
      const { by, policy } = owners.get(hashOf(key)) ?? { by: null, policy: 'key' };
      return { quota: quotaOf(policy, counted.consumedPoints - 1, counted), by };
    },
    remember: async (key, { policy, limit, resetSeconds }, { id, tenant }) => {
      owners.set(hashOf(key), { by: { id, tenant }, policy });
      await counter.set(hashOf(key), limit + 1, resetSeconds);
    },
    forget: (key) => {
      owners.delete(hashOf(key));
      return counter.delete(hashOf(key));
    },
  };
}

function createQueueByKey(): Limits['inTurn'] {
  const queues = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const hash = hashOf(key);
    const entry = (queues.get(hash) ?? Promise.resolve()).then(work, work);
    queues.set(hash, entry);
    try {
      return await entry;
    } finally {
      if (queues.get(hash) === entry) queues.delete(hash);
    }
  };
}

/** Keys are not kept in clear. */
export const hashOf = (key: string): string => createHash('sha256').update(key, 'utf8').digest('base64url');

function quotaOf(policy: Quota['policy'], limit: number, counted: RateLimiterRes | null): Quota {
  return {
    policy,
    limit,
    remaining: Math.max(limit - (counted?.consumedPoints ?? 0), 0),
    consumed: counted?.consumedPoints ?? 0,
    resetSeconds: Math.max(Math.ceil((counted?.msBeforeNext ?? 0) / 1_000), 1),
  };
}

/** The headers of the IETF's draft-ietf-httpapi-ratelimit-headers (10), as structured fields. */
export const quotaHeaders = ({ policy, limit, remaining, resetSeconds }: Quota): Record<string, string> => ({
  'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
  ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
});
