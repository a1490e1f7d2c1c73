import { ProcessError } from '@keycourier/runtime/errors';
import { assertSchemaCompatibility, createPostgresBackend, isPgPool, Queue, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

/** One a room of the journey. */
export const queueNames = ['intake', 'shipments', 'fulfillment', 'activation', 'pin-delivery'] as const;

export type QueueName = (typeof queueNames)[number];

export interface QueueStore {
  kind: 'redis' | 'postgres';
  /** The queues, once the store answers and the worker has made its tables; null until then. Never throws. */
  queues: () => Promise<readonly Queue[] | null>;
  isReachable: () => Promise<boolean>;
  close: () => Promise<void>;
}

interface Connection {
  /** Throws while the store cannot be used. */
  check: () => Promise<void>;
  /** A `Queue`, whose type says which store it is on; Bull Board takes either. */
  queue: (name: QueueName) => unknown;
  close: () => Promise<void>;
}

const postgres = withBackend(createPostgresBackend);
const postgresSchema = 'bullmq';
const redisPrefix = 'keycourier';

/**
 * Opens the queue store lazily: Redis when its URL is given, else BullMQ's own tables in Postgres. Never migrates: that
 * is the worker's.
 */
export function openQueueStore(
  settings: { redisUrl: string | undefined; databaseUrl: string },
  onError: (error: unknown) => void,
): QueueStore {
  const connection =
    settings.redisUrl === undefined
      ? connectPostgres(settings.databaseUrl, onError)
      : connectRedis(settings.redisUrl, onError);
  let opened: Promise<readonly Queue[]> | undefined;
  return {
    kind: settings.redisUrl === undefined ? 'postgres' : 'redis',
    async queues() {
      opened ??= openQueues(connection, onError);
      try {
        return await opened;
      } catch (error) {
        opened = undefined;
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
      for (const queue of (await opened?.catch(() => [])) ?? []) await queue.close();
      await connection.close();
    },
  };
}

/** A queue remembers for good that its first look at the store failed, so none is made before the store is fit. */
async function openQueues(connection: Connection, onError: (error: unknown) => void): Promise<readonly Queue[]> {
  await connection.check();
  const queues = queueNames.map((name) => connection.queue(name)).filter((queue) => queue instanceof Queue);
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

function connectPostgres(databaseUrl: string, onError: (error: unknown) => void): Connection {
  // BullMQ gives each queue a pool of its own unless it is given one; the schema is the pool's search path then.
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 2,
    connectionTimeoutMillis: 5_000,
    application_name: 'keycourier-console',
    options: `-c search_path=${postgresSchema}`,
  });
  pool.on('error', onError);
  // The two packages' types of one class differ in their overloads; BullMQ's own guard tells the compiler.
  if (!isPgPool(pool)) throw new ProcessError('start_failed', 'BullMQ does not take this pool of connections');
  return {
    check: async () => void (await assertSchemaCompatibility(pool, postgresSchema)),
    queue: (name) => new postgres.Queue(name, { connection: pool, skipMetasUpdate: true }),
    close: () => pool.end(),
  };
}

function connectRedis(url: string, onError: (error: unknown) => void): Connection {
  const redis = new Redis(url, {
    // A page that cannot be answered is refused at once; the connection itself is tried again each second.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 100, 1_000),
  });
  redis.on('error', onError);
  return {
    check: async () => void (await redis.ping()),
    queue: (name) =>
      new Queue(name, { connection: redis, prefix: redisPrefix, skipMetasUpdate: true, skipWaitingForReady: true }),
    close: async () => redis.disconnect(),
  };
}
