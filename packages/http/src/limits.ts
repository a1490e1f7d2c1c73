import { createHash } from 'node:crypto';

import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** The quota of an API key or an address, in a minute that began with its first request. */
export interface Quota {
  /** `address` is for requests without a valid API key. */
  policy: 'key' | 'address';
  limit: number;
  consumed: number;
  remaining: number;
  resetSeconds: number;
}

export interface LimitSettings {
  /** For each API key that has no limit of its own. */
  requestsPerMinute: number;
  /** For each address, of requests that came without a valid key. */
  failuresPerMinute: number;
}

/**
 * Counts in the memory of this process, so that a flood of requests never reaches the database: each replica allows
 * the full limit, and a restart resets the counts.
 */
export interface Limits {
  countRequest: (apiKey: Pick<ApiKey, 'id' | 'requestsPerMinute'>) => Promise<Quota>;
  /** The remaining quota of an address for requests without a valid key. */
  readFailures: (address: string) => Promise<Quota>;
  countFailure: (address: string) => Promise<void>;
  /** Whether the key was valid recently: failures of other callers at the same address do not block its caller. */
  isKnown: (key: string) => Promise<boolean>;
  remember: (key: string) => Promise<void>;
  forget: (key: string) => Promise<void>;
}

const windowSeconds = 60;
const knownForSeconds = 3_600;
// Our code compares with the key's own limit; the library knows only one limit for all keys.
const points = Number.MAX_SAFE_INTEGER;

export function createLimits({ requestsPerMinute, failuresPerMinute }: LimitSettings): Limits {
  const requests = new RateLimiterMemory({ keyPrefix: 'key', points, duration: windowSeconds });
  const failures = new RateLimiterMemory({ keyPrefix: 'address', points, duration: windowSeconds });
  const known = new RateLimiterMemory({ keyPrefix: 'known', points, duration: knownForSeconds });
  return {
    countRequest: async ({ id, requestsPerMinute: ownLimit }) =>
      quotaOf('key', ownLimit ?? requestsPerMinute, await requests.consume(id)),
    readFailures: async (address) => quotaOf('address', failuresPerMinute, await failures.get(address)),
    countFailure: async (address) => {
      await failures.consume(address);
    },
    isKnown: async (key) => (await known.get(hashOf(key))) !== null,
    remember: async (key) => {
      await known.set(hashOf(key), 1, knownForSeconds);
    },
    forget: async (key) => {
      await known.delete(hashOf(key));
    },
  };
}

/** Keys are not kept in clear. */
const hashOf = (key: string): string => createHash('sha256').update(key, 'utf8').digest('base64url');

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
