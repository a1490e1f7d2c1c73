import { createHmac } from 'node:crypto';

import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

import { consoleSchema } from '../database.ts';

export type ThrottleResult = { outcome: 'admitted' } | { outcome: 'throttled'; retryAfterMs: number };

/** Limits guessing. Attempts are counted before the password is checked, so that a burst cannot exceed the limit. */
export interface Throttle {
  admit: (attempt: Attempt) => Promise<ThrottleResult>;
  /** After a successful sign-in: clears the user's count, and returns the attempt to the address. */
  reset: (attempt: Attempt) => Promise<void>;
}

export interface Attempt {
  user: string;
  address: string;
}

export interface ThrottleLimits {
  perUser: number;
  perAddress: number;
  windowSeconds: number;
}

export const throttleLimits: ThrottleLimits = { perUser: 5, perAddress: 20, windowSeconds: 15 * 60 };

/** Counts in Postgres, across replicas and restarts. */
export function createThrottle(pool: Pool, secret: string, limits = throttleLimits): Throttle {
  const store = { storeClient: pool, storeType: 'pool', schemaName: consoleSchema, tableName: 'sign_in_attempts' };
  const limiter = (keyPrefix: string, points: number): RateLimiterPostgres =>
    new RateLimiterPostgres({ ...store, keyPrefix, points, duration: limits.windowSeconds, tableCreated: true });
  const users = limiter('user', limits.perUser);
  const addresses = limiter('address', limits.perAddress);
  // Hashed with a key, since operators sometimes type their password as the user name.
  const userKey = (user: string): string =>
    createHmac('sha256', secret).update(user.trim().toLowerCase()).digest('base64url');

  return {
    async admit({ user, address }) {
      // The address first: a throttled address must not consume the users' attempts.
      const retryAfterMs = (await waitFor(addresses, address)) || (await waitFor(users, userKey(user)));
      return retryAfterMs > 0 ? { outcome: 'throttled', retryAfterMs } : { outcome: 'admitted' };
    },
    async reset({ user, address }) {
      await Promise.all([users.delete(userKey(user)), addresses.reward(address)]);
    },
  };
}

/** Consumes a point. Returns 0, or the milliseconds until the next point. */
async function waitFor(limiter: RateLimiterPostgres, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(refusal.msBeforeNext, 1_000);
    throw refusal;
  }
}
