import { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';

import type { Check, SetUpUnderCheck } from '../check.ts';
import { green, red, skipped, yellow, type Finding } from '../finding.ts';
import { firstLine } from '../unless-green.ts';

/** The queues' store can be reached, and throws nothing away. */
export const queueStore: Check<SetUpUnderCheck> = {
  name: 'queues',
  run: async ({ environment, setUp, timeoutMs }) => {
    const redisUrl = environment['REDIS_URL'];
    if (redisUrl !== undefined && redisUrl !== '') return checkRedis(redisUrl, timeoutMs);
    const databaseUrl = environment['DATABASE_URL'];
    if (databaseUrl !== undefined && databaseUrl !== '') return checkPostgres(databaseUrl, timeoutMs);
    return skipped(
      setUp.local === null ? 'neither REDIS_URL nor DATABASE_URL is set here' : 'they are in the embedded database',
    );
  },
};

async function checkRedis(url: string, timeoutMs: number): Promise<Finding> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let why = 'the connection failed';
  redis.on('error', (error: Error) => {
    why = firstLine(error.message) || why;
  });
  try {
    await redis.connect();
    await redis.ping();
    return policyFinding(await redis.config('GET', 'maxmemory-policy').catch(() => null));
  } catch {
    return red(`Redis cannot be reached: ${why}`, 'start Redis, or correct REDIS_URL');
  } finally {
    redis.disconnect();
  }
}

function policyFinding(answer: unknown): Finding {
  const policy = z.tuple([z.string(), z.string()]).safeParse(answer).data?.[1];
  if (policy === 'noeviction') return green('Redis is reached, and throws nothing away (noeviction)');
  if (policy === undefined)
    return yellow('Redis is reached, and does not tell its maxmemory-policy', 'make sure that it is noeviction');
  return red(`Redis may throw jobs away (maxmemory-policy ${policy})`, 'CONFIG SET maxmemory-policy noeviction');
}

async function checkPostgres(connectionString: string, timeoutMs: number): Promise<Finding> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(`select 1 from pg_namespace where nspname = 'bullmq'`);
    if (rowCount === 1) return green('they are in the database');
    return yellow('they have no tables in the database yet', 'start the worker: it makes them');
  } catch {
    return skipped('they are in the database, which cannot be reached');
  } finally {
    await client.end().catch(() => undefined);
  }
}
