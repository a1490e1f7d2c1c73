import { createHmac } from 'node:crypto';

import { clientNetwork } from '@keycourier/runtime/client-network';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

import { consoleSchema } from '../database.ts';

export type ThrottleResult = { outcome: 'admitted' } | { outcome: 'throttled'; retryAfterMs: number };

/**
 * Limits guessing, and locks no operator out by the wrong tries of others. Attempts are counted before the password is
 * checked, so that a burst cannot exceed a limit.
 */
export interface Throttle {
  admit: (attempt: Attempt) => Promise<ThrottleResult>;
  /** After a successful sign-in: clears the count of the user at this address, and returns the attempt to the others. */
  reset: (attempt: Attempt) => Promise<void>;
}

export interface Attempt {
  user: string;
  address: string;
}

export interface ThrottleLimits {
  /** Of one user name from one address. */
  perUserAndAddress: number;
  /** From one address, of all user names: passwords sprayed over many of them. */
  perAddress: number;
  /** Of one user name from all addresses where this user has not signed in before. */
  perUser: number;
  /** From all addresses where the user has not signed in before. */
  inAll: number;
  windowSeconds: number;
  /** How long an address counts as one of the user's after a sign-in. */
  knownSeconds: number;
}

export const throttleLimits: ThrottleLimits = {
  perUserAndAddress: 5,
  perAddress: 20,
  perUser: 200,
  inAll: 2_000,
  windowSeconds: 15 * 60,
  knownSeconds: 90 * 24 * 3_600,
};

/** Counts in Postgres, across replicas and restarts. */
export function createThrottle(pool: Pool, secret: string, limits = throttleLimits): Throttle {
  const store = { storeClient: pool, storeType: 'pool', schemaName: consoleSchema, tableName: 'sign_in_attempts' };
  const limiter = (keyPrefix: string, points: number, duration = limits.windowSeconds): RateLimiterPostgres =>
    new RateLimiterPostgres({ ...store, keyPrefix, points, duration, tableCreated: true });
  const pairs = limiter('pair', limits.perUserAndAddress);
  const addresses = limiter('address', limits.perAddress);
  const users = limiter('user', limits.perUser);
  const all = limiter('all', limits.inAll);
  const known = limiter('known', 1, limits.knownSeconds);
  // Hashed with a key, since operators sometimes type their password as the user name.
  const hash = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
  const keysOf = ({ user, address }: Attempt) => {
    const [name, network] = [user.trim().toLowerCase(), clientNetwork(address)];
    return { user: hash(name), network: hash(network), pair: hash(`${name}\n${network}`), every: hash('') };
  };

  return {
    async admit(attempt) {
      const { user, network, pair, every } = keysOf(attempt);
      const isKnown = (await known.get(pair)) !== null;
      // The narrowest first: what is refused there does not count for others.
      const retryAfterMs =
        (await waitFor(pairs, pair)) ||
        (isKnown
          ? 0
          : (await waitFor(addresses, network)) || (await waitFor(users, user)) || (await waitFor(all, every)));
      return retryAfterMs > 0 ? { outcome: 'throttled', retryAfterMs } : { outcome: 'admitted' };
    },
    async reset(attempt) {
      const { user, network, pair, every } = keysOf(attempt);
      const isKnown = (await known.get(pair)) !== null;
      await Promise.all([
        pairs.delete(pair),
        known.set(pair, 1, limits.knownSeconds),
        ...(isKnown ? [] : [addresses.reward(network), users.reward(user), all.reward(every)]),
      ]);
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
