import { postgresSchema } from '@keycourier/queues/namespace';
import { createRedisClient, readEvictionPolicy } from '@keycourier/queues/redis';
import { postgresUrl, redisUrl } from '@keycourier/runtime/service-url';
import pg from 'pg';

import type { Check, SetupUnderCheck } from '../check.ts';
import { type Finding, firstLine, green, red, skipped, yellow } from '../finding.ts';

/** The queue store can be reached, and does not evict jobs. */
export const queueStore: Check<SetupUnderCheck> = {
  name: 'queues',
  run: async ({ environment, setup, timeoutMs }) => {
    const { REDIS_URL: redis, DATABASE_URL: database } = environment;
    if (redis) {
      const url = redisUrl.safeParse(redis);
      if (!url.success) return red(`REDIS_URL ${url.error.issues[0]?.message ?? ''}`, 'fix REDIS_URL');
      return checkRedis(url.data, timeoutMs);
    }
    // Another check reports a DATABASE_URL that is none.
    if (database) return checkPostgres(postgresUrl.safeParse(database).data ?? '', timeoutMs);
    if (setup.local !== null) return skipped('they are in the embedded database');
    return skipped('neither REDIS_URL nor DATABASE_URL is set here');
  },
};

async function checkRedis(url: string, timeoutMs: number): Promise<Finding> {
  let why = 'the connection failed';
  const onError = (error: Error): void => {
    why = firstLine(error.message) || why;
  };
  const redis = createRedisClient(url, onError, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  try {
    await redis.connect();
    await redis.ping();
    return policyFinding(await readEvictionPolicy(redis));
  } catch {
    return red(`Redis cannot be reached: ${why}`, 'start Redis, or correct REDIS_URL');
  } finally {
    redis.disconnect();
  }
}

function policyFinding(policy: string | null): Finding {
  if (policy === 'noeviction') return green('Redis can be reached and evicts nothing (noeviction)');
  const unknown = 'Redis can be reached, but CONFIG GET maxmemory-policy is refused';
  if (policy === null) return yellow(unknown, 'make sure that it is noeviction');
  return red(`Redis may evict jobs (maxmemory-policy ${policy})`, 'CONFIG SET maxmemory-policy noeviction');
}

async function checkPostgres(connectionString: string, timeoutMs: number): Promise<Finding> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [postgresSchema]);
    if (rowCount === 1) return green('they are in the database');
    return yellow('they have no tables in the database yet', 'start the worker: it creates them');
  } catch {
    return skipped('they are in the database, which cannot be reached');
  } finally {
    await client.end().catch(() => undefined);
  }
}
