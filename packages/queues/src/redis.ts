import { Redis, type CommonRedisOptions } from 'ioredis';
import { z } from 'zod';

type ClientOptions = Pick<
  CommonRedisOptions,
  | 'commandTimeout'
  | 'connectTimeout'
  | 'enableOfflineQueue'
  | 'lazyConnect'
  | 'maxRetriesPerRequest'
  | 'retryStrategy'
  | 'socketTimeout'
>;

/** How long a process waits for Redis, in milliseconds (docs/limits.md). */
export const redisLimits = {
  connectMs: 5_000,
  /** For the answer to a command of the relay or the sweep. */
  commandMs: 5_000,
  /** For the answer to a command that a page of the console waits for. */
  requestMs: 1_500,
  /** Until a worker's connection is replaced. A command that waits for a job is given up a second before. */
  idleMs: 20_000,
} as const;

/** Reconnects within a second: the default waits up to twenty. */
export function createRedisClient(url: string, onError: (error: Error) => void, options: ClientOptions = {}): Redis {
  const retryStrategy = (times: number): number => Math.min(times * 100, 1_000);
  const redis = new Redis(url, {
    connectTimeout: redisLimits.connectMs,
    ...options,
    retryStrategy: options.retryStrategy ?? retryStrategy,
  });
  // Without a listener, ioredis prints each error.
  redis.on('error', onError);
  return redis;
}

/** For callers that must not wait: while Redis is away, a command fails at once. */
export const failFast: ClientOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };

/** Redis' `maxmemory-policy`: any other than `noeviction` may evict jobs. Null where CONFIG is not allowed. */
export async function readEvictionPolicy(redis: Redis): Promise<string | null> {
  const reply: unknown = await redis.config('GET', 'maxmemory-policy').catch(() => null);
  return z.tuple([z.string(), z.string()]).safeParse(reply).data?.[1] ?? null;
}
