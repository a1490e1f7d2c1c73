import type { PostgresLimits } from '@keycourier/runtime/postgres-limits';
import type { Queue } from 'bullmq';

import type { QueueStore } from './create-queues.ts';
import { createQueuePool } from './queue-pool.ts';

export interface ExistingQueues {
  kind: 'redis' | 'postgres';
  /** BullMQ's queues, once the store answers and a worker has created its tables; null until then. Never throws. */
  queues: () => Promise<readonly Queue[] | null>;
  isReachable: () => Promise<boolean>;
  close: () => Promise<void>;
}

interface Connection {
  store: () => Promise<QueueStore>;
  /** Throws while the store cannot be used. */
  check: () => Promise<unknown>;
  close: () => Promise<unknown>;
}

interface ExistingQueuesSettings {
  redisUrl: string | undefined;
  databaseUrl: string;
  applicationName: string;
  /** How long a look waits for Postgres, in place of the limits of a request. */
  limits?: Partial<PostgresLimits> | undefined;
  /** How long a command of Redis is waited for. */
  redisMs?: number | undefined;
}

/**
 * Connects to the queues that a worker creates, to show and manage their jobs. Never migrates the store. BullMQ, which takes
 * a third of a second and 20 MB to load, is loaded with the first look at the queues.
 */
export function connectExistingQueues(
  settings: ExistingQueuesSettings,
  onError: (error: unknown) => void,
): ExistingQueues {
  const { redisUrl } = settings;
  const connection =
    redisUrl === undefined ? connectPostgres(settings, onError) : connectRedis({ ...settings, redisUrl }, onError);
  let connected: Promise<readonly Queue[]> | undefined;
  const connect = async (): Promise<readonly Queue[]> => {
    await connection.check();
    const { createQueues } = await import('./create-queues.ts');
    return createQueues(await connection.store(), onError);
  };
  return {
    kind: redisUrl === undefined ? 'postgres' : 'redis',
    async queues() {
      connected ??= connect();
      try {
        return await connected;
      } catch (error) {
        connected = undefined;
        onError(error);
        return null;
      }
    },
    isReachable: () =>
      connection.check().then(
        () => true,
        () => false,
      ),
    close: async () => {
      for (const queue of (await connected?.catch(() => [])) ?? []) await queue.close();
      await connection.close();
    },
  };
}

function connectPostgres(
  { databaseUrl, applicationName, limits }: ExistingQueuesSettings,
  onError: (error: unknown) => void,
): Connection {
  const pool = createQueuePool({ databaseUrl, applicationName, use: 'request', limits, maxConnections: 2, onError });
  return {
    store: () => Promise.resolve({ kind: 'postgres', pool }),
    // BullMQ's own table, in the search path of the pool.
    check: () => pool.query('select from migration limit 1'),
    close: () => pool.end(),
  };
}

function connectRedis(
  { redisUrl, redisMs }: ExistingQueuesSettings & { redisUrl: string },
  onError: (error: unknown) => void,
): Connection {
  const created = import('./redis.ts').then(({ createRedisClient, failFast, redisLimits }) =>
    createRedisClient(redisUrl, onError, { ...failFast, commandTimeout: redisMs ?? redisLimits.requestMs }),
  );
  return {
    store: async () => ({ kind: 'redis', client: await created }),
    check: async () => (await created).ping(),
    close: async () => (await created).disconnect(),
  };
}
