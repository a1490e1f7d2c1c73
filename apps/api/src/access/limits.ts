import { createHash } from 'node:crypto';

import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** What is left to somebody of a minute that began with their first request. */
export interface Quota {
  /** Whose: an API key's, or an address' without one. */
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
 * Counts in the memory of this process, so that nobody's flood costs the database anything: of several replicas each
 * allows as much, and a restart forgets.
 */
export interface Limits {
  countRequest: (apiKey: Pick<ApiKey, 'id' | 'requestsPerMinute'>) => Promise<Quota>;
  /** What is left to an address of requests without a valid key. */
  readFailures: (address: string) => Promise<Quota>;
  countFailure: (address: string) => Promise<void>;
  /** Whether the key was valid lately: whoever has one is not kept out by the failures of others at their address. */
  isKnown: (key: string) => Promise<boolean>;
  remember: (key: string) => Promise<void>;
  forget: (key: string) => Promise<void>;
}

const windowSeconds = 60;
const knownSeconds = 3_600;
// What is compared is the limit of the key, which the library takes one of for all.
const points = Number.MAX_SAFE_INTEGER;

export function createLimits({ requestsPerMinute, failuresPerMinute }: LimitSettings): Limits {
  const requests = new RateLimiterMemory({ keyPrefix: 'key', points, duration: windowSeconds });
  const failures = new RateLimiterMemory({ keyPrefix: 'address', points, duration: windowSeconds });
  const known = new RateLimiterMemory({ keyPrefix: 'known', points, duration: knownSeconds });
  return {
    countRequest: async ({ id, requestsPerMinute: own }) =>
      quotaOf('key', own ?? requestsPerMinute, await requests.consume(id)),
    readFailures: async (address) => quotaOf('address', failuresPerMinute, await failures.get(address)),
    countFailure: async (address) => {
      await failures.consume(address);
    },
    isKnown: async (key) => (await known.get(hashOf(key))) !== null,
    remember: async (key) => {
      await known.set(hashOf(key), 1, knownSeconds);
    },
    forget: async (key) => {
      await known.delete(hashOf(key));
    },
  };
}

/** No key in clear is kept. */
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

/** The headers of the IETF's draft-ietf-httpapi-ratelimit-headers (10), which are structured fields. */
export const quotaHeaders = ({ policy, limit, remaining, resetSeconds }: Quota): Record<string, string> => ({
  'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
  ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
});
