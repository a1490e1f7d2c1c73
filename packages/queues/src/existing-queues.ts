import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import { assertSchemaCompatibility, Queue } from 'bullmq';

import { postgresSchema, redisPrefix } from './namespace.ts';
import { createPostgresPool, PostgresQueue } from './postgres.ts';
import { createRedisClient, failFast, redisLimits } from './redis.ts';

export interface ExistingQueues {
  kind: 'redis' | 'postgres';
  /** BullMQ's queues, once the store answers and a worker has created its tables; null until then. Never throws. */
  queues: () => Promise<readonly Queue[] | null>;
  isReachable: () => Promise<boolean>;
  close: () => Promise<void>;
}

interface Connection {
  /** Throws while the store cannot be used. */
  check: () => Promise<void>;
  /** A `Queue`, whose type differs by its store; Bull Board takes either. */
  createQueue: (name: QueueName) => unknown;
  close: () => Promise<void>;
}

/** Connects lazily to the queues that a worker creates, to show and manage their jobs. Never migrates the store. */
export function connectExistingQueues(
  settings: { redisUrl: string | undefined; databaseUrl: string; applicationName: string },
  onError: (error: unknown) => void,
): ExistingQueues {
  const connection =
    settings.redisUrl === undefined ? connectPostgres(settings, onError) : connectRedis(settings.redisUrl, onError);
  let connected: Promise<readonly Queue[]> | undefined;
  return {
    kind: settings.redisUrl === undefined ? 'postgres' : 'redis',
    async queues() {
      connected ??= createQueues(connection, onError);
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

/** A BullMQ queue never recovers from a failed first connection, so none is created before the store can be used. */
async function createQueues(connection: Connection, onError: (error: unknown) => void): Promise<readonly Queue[]> {
  await connection.check();
  const queues = queueNames.map((name) => connection.createQueue(name)).filter((queue) => queue instanceof Queue);
  // Without a listener, a connection that breaks would end the process.
  for (const queue of queues) queue.on('error', onError);
  try {
    await Promise.all(queues.map((queue) => queue.waitUntilReady()));
    return queues;
  } catch (error) {
    await Promise.all(queues.map((queue) => queue.close()));
    throw error;
  }
}

function connectPostgres(
  { databaseUrl, applicationName }: { databaseUrl: string; applicationName: string },
  onError: (error: unknown) => void,
): Connection {
  const pool = createPostgresPool({
    databaseUrl,
    applicationName,
    use: 'request',
    maxConnections: 2,
    onError,
  });
  return {
    check: async () => void (await assertSchemaCompatibility(pool, postgresSchema)),
    createQueue: (name) => new PostgresQueue(name, { connection: pool, skipMetasUpdate: true }),
    close: () => pool.end(),
  };
}

function connectRedis(url: string, onError: (error: unknown) => void): Connection {
  const connection = createRedisClient(url, onError, { ...failFast, commandTimeout: redisLimits.requestMs });
  const options = { connection, prefix: redisPrefix, skipMetasUpdate: true, skipWaitingForReady: true };
  return {
    check: async () => void (await connection.ping()),
    createQueue: (name) => new Queue(name, options),
    close: async () => connection.disconnect(),
  };
}
