import type { QueueName } from '@keycourier/journey/steps/steps';
import {
  createPostgresBackend,
  Queue,
  runMigrations,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
  withBackend,
  Worker,
  type Processor,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';
import type { JobData } from './job.ts';
import { openQueuePool } from './pool.ts';

/** What the relay and the sweep need of a queue, whatever store it is in. */
export interface JobQueue {
  /** `priority` 0 is before all others. */
  add: (jobs: readonly { name: string; id: string; data: JobData; priority: number }[]) => Promise<void>;
  stateOf: (jobId: string) => Promise<string>;
  /** How many jobs wait to be run now, and how many are being run. */
  load: () => Promise<{ waiting: number; active: number }>;
  close: () => Promise<void>;
}

export interface JobWorker {
  /** Takes no more jobs and resolves when those under way have ended; `force` does not wait for them. */
  close: (force?: boolean) => Promise<void>;
}

/** Where the jobs are kept: Redis when REDIS_URL is set, else BullMQ's own tables in the Postgres server that is there anyway. */
export interface QueueBackend {
  kind: 'redis' | 'postgres';
  queue: (queueName: QueueName) => JobQueue;
  worker: (queueName: QueueName, concurrency: number, processor: Processor<JobData, unknown>) => JobWorker;
  /** Throws while the store cannot be reached. */
  ping: () => Promise<void>;
  close: () => Promise<void>;
}

/** The namespace of all queues in a store that others may use too. */
const namespace = 'bullmq';
const redisPrefix = 'keycourier';

const postgres = withBackend(createPostgresBackend);

/** A worker that is killed is noticed within lock and check; a job it held may be taken over any number of times. */
const recovery = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 };

/** Something thrown is a bug or a lost connection: a few quick tries here, and then the sweep's slow ones. */
const defaultJobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { age: 24 * 3_600, count: 5_000 },
  removeOnFail: { age: 14 * 24 * 3_600, count: 10_000 },
};

/**
 * Opens the queue store and checks that it can be trusted. Where it fails, nothing stays open.
 * @throws QueueStoreError when a Redis may throw jobs away, or BullMQ cannot use what is in Postgres; what the driver
 *   throws while the store is away
 */
export async function connectBackend(
  settings: { redisUrl: string | undefined; databaseUrl: string },
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  return settings.redisUrl === undefined
    ? openPostgres(settings.databaseUrl, onError)
    : openRedis(settings.redisUrl, onError);
}

async function openPostgres(databaseUrl: string, onError: (error: Error) => void): Promise<QueueBackend> {
  const pool = openQueuePool({ databaseUrl, schema: namespace, onError });
  await migrate(pool).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  return {
    kind: 'postgres',
    queue: (queueName) => {
      const queue = new postgres.Queue<JobData>(queueName, { connection: pool, defaultJobOptions });
      queue.on('error', onError);
      return jobQueue(queue);
    },
    worker: (queueName, concurrency, processor) => {
      const worker = new postgres.Worker<JobData, unknown>(queueName, processor, {
        connection: pool,
        concurrency,
        ...recovery,
      });
      worker.on('error', onError);
      return worker;
    },
    ping: async () => void (await pool.query('select 1')),
    close: () => pool.end(),
  };
}

async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, namespace);
  } catch (cause) {
    if (cause instanceof SchemaVersionMismatchError || cause instanceof UnsupportedPostgresVersionError)
      throw new QueueStoreError(cause.message, { cause });
    throw cause;
  } finally {
    client.release();
  }
}

async function openRedis(url: string, onError: (error: Error) => void): Promise<QueueBackend> {
  // Reconnect within a second: the default waits up to twenty.
  const retryStrategy = (times: number): number => Math.min(times * 100, 1_000);
  const producer = new Redis(url, {
    retryStrategy,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
  });
  const consumer = new Redis(url, { retryStrategy, maxRetriesPerRequest: null, lazyConnect: true });
  for (const connection of [producer, consumer]) connection.on('error', onError);
  const disconnect = (): void => {
    producer.disconnect();
    consumer.disconnect();
  };
  await connect(producer).catch((error: unknown) => {
    disconnect();
    throw error;
  });
  return {
    kind: 'redis',
    queue: (queueName) => {
      const options = { connection: producer, prefix: redisPrefix, defaultJobOptions, skipWaitingForReady: true };
      const queue = new Queue<JobData>(queueName, options);
      queue.on('error', onError);
      return jobQueue(queue);
    },
    worker: (queueName, concurrency, processor) => {
      const options = { connection: consumer, prefix: redisPrefix, concurrency, ...recovery };
      const worker = new Worker<JobData, unknown>(queueName, processor, options);
      worker.on('error', onError);
      return worker;
    },
    ping: async () => void (await producer.ping()),
    close: async () => disconnect(),
  };
}

async function connect(redis: Redis): Promise<void> {
  await redis.connect();
  await refuseEviction(redis);
}

async function refuseEviction(redis: Redis): Promise<void> {
  const answer: unknown = await redis.config('GET', 'maxmemory-policy').catch(() => null);
  const policy: unknown = Array.isArray(answer) ? answer[1] : null;
  if (typeof policy === 'string' && policy !== 'noeviction')
    throw new QueueStoreError(`Redis has maxmemory-policy ${policy} and could throw jobs away; set it to noeviction`);
}

/** The three calls that are made of a queue; every queue and worker has an error listener, or a broken connection would end the process. */
function jobQueue(queue: {
  addBulk: (jobs: { name: string; data: JobData; opts: { jobId: string; priority: number } }[]) => Promise<unknown>;
  getJobState: (jobId: string) => Promise<string>;
  getJobCounts: (...states: ('waiting' | 'prioritized' | 'active')[]) => Promise<Record<string, number>>;
  close: () => Promise<void>;
}): JobQueue {
  return {
    add: async (jobs) => {
      await queue.addBulk(jobs.map(({ name, id, data, priority }) => ({ name, data, opts: { jobId: id, priority } })));
    },
    stateOf: (jobId) => queue.getJobState(jobId),
    load: async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active');
      return { waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0), active: counts['active'] ?? 0 };
    },
    close: () => queue.close(),
  };
}
