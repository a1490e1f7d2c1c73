import { createHmac } from 'node:crypto';

import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

import { consoleSchema } from '../database.ts';

export type Admission = { outcome: 'admitted' } | { outcome: 'wait'; forMs: number };

/** Slows guessing down: attempts are counted before the password is looked at, so that a burst cannot slip past. */
export interface Throttle {
  admit: (attempt: Attempt) => Promise<Admission>;
  /** The password was right: the user's earlier mistakes are forgotten, and the address gets its attempt back. */
  forgive: (attempt: Attempt) => Promise<void>;
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

/** Counts in Postgres, for every replica together and across restarts. */
export function createThrottle(pool: Pool, secret: string, limits = throttleLimits): Throttle {
  const store = { storeClient: pool, storeType: 'pool', schemaName: consoleSchema, tableName: 'sign_in_attempts' };
  const limiter = (keyPrefix: string, points: number): RateLimiterPostgres =>
    new RateLimiterPostgres({ ...store, keyPrefix, points, duration: limits.windowSeconds, tableCreated: true });
  const users = limiter('user', limits.perUser);
  const addresses = limiter('address', limits.perAddress);
  // Keyed: now and then somebody types a password where the user goes.
  const userKey = (user: string): string =>
    createHmac('sha256', secret).update(user.trim().toLowerCase()).digest('base64url');

  return {
    async admit({ user, address }) {
      // The address first: one that is stopped cannot go on to stop the users.
      const forMs = (await waitFor(addresses, address)) || (await waitFor(users, userKey(user)));
      return forMs > 0 ? { outcome: 'wait', forMs } : { outcome: 'admitted' };
    },
    async forgive({ user, address }) {
      await Promise.all([users.delete(userKey(user)), addresses.reward(address)]);
    },
  };
}

/** Takes a point; 0, or the milliseconds until there is one again. */
async function waitFor(limiter: RateLimiterPostgres, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(refusal.msBeforeNext, 1_000);
    throw refusal;
  }
}
