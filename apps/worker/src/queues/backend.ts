import {
  createPostgresBackend,
  isPgPool,
  Queue,
  runMigrations,
  withBackend,
  Worker,
  type PgPool,
  type Processor,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

import type { JobData, Room } from './job.ts';

/** The queue store will not do: a job could be lost in it. */
export class QueueStoreError extends Error {
  readonly code = 'queue_store_unfit';
  readonly level = 'fatal';
}

/** What the relay and the sweep need of a queue, whatever store it is in. */
export interface RoomQueue {
  add: (jobs: readonly { name: string; id: string; data: JobData }[]) => Promise<void>;
  stateOf: (jobId: string) => Promise<string>;
  /** How many jobs wait to be run now, and how many are being run. */
  load: () => Promise<{ waiting: number; active: number }>;
  close: () => Promise<void>;
}

export interface RoomWorker {
  /** Takes no more jobs and resolves when those under way have ended; `force` does not wait for them. */
  close: (force?: boolean) => Promise<void>;
}

/** Where the jobs are kept: Redis when REDIS_URL is set, else BullMQ's own tables in the Postgres server that is there anyway. */
export interface QueueBackend {
  kind: 'redis' | 'postgres';
  queue: (room: Room) => RoomQueue;
  worker: (room: Room, concurrency: number, processor: Processor<JobData, unknown>) => RoomWorker;
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
 * Opens the queue store and checks that it can be trusted.
 * @throws QueueStoreError when a Redis may throw jobs away
 */
export async function openBackend(
  settings: { redisUrl: string | undefined; databaseUrl: string },
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  return settings.redisUrl === undefined
    ? openPostgres(settings.databaseUrl, onError)
    : openRedis(settings.redisUrl, onError);
}

async function openPostgres(databaseUrl: string, onError: (error: Error) => void): Promise<QueueBackend> {
  const pool = openPool(databaseUrl, onError);
  const client = await pool.connect();
  try {
    await runMigrations(client, namespace);
  } finally {
    client.release();
  }
  return {
    kind: 'postgres',
    queue: (room) => {
      const queue = new postgres.Queue<JobData>(room, { connection: pool, defaultJobOptions });
      queue.on('error', onError);
      return roomQueue(queue);
    },
    worker: (room, concurrency, processor) => {
      const worker = new postgres.Worker<JobData, unknown>(room, processor, {
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

/** BullMQ cannot load pg by itself in an ES module, so it is given a pool; the schema is the pool's search path then. */
function openPool(databaseUrl: string, onError: (error: Error) => void): Pool & PgPool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 24,
    keepAlive: true,
    options: `-c search_path=${namespace}`,
  });
  pool.on('error', onError);
  // The two packages' types of one class differ in their overloads; BullMQ's own guard tells the compiler.
  if (!isPgPool(pool)) throw new QueueStoreError('BullMQ does not take this pool');
  return pool;
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
  await producer.connect();
  await refuseEviction(producer);
  return {
    kind: 'redis',
    queue: (room) => {
      const options = { connection: producer, prefix: redisPrefix, defaultJobOptions, skipWaitingForReady: true };
      const queue = new Queue<JobData>(room, options);
      queue.on('error', onError);
      return roomQueue(queue);
    },
    worker: (room, concurrency, processor) => {
      const options = { connection: consumer, prefix: redisPrefix, concurrency, ...recovery };
      const worker = new Worker<JobData, unknown>(room, processor, options);
      worker.on('error', onError);
      return worker;
    },
    ping: async () => void (await producer.ping()),
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

async function refuseEviction(redis: Redis): Promise<void> {
  const answer: unknown = await redis.config('GET', 'maxmemory-policy').catch(() => null);
  const policy: unknown = Array.isArray(answer) ? answer[1] : null;
  if (typeof policy === 'string' && policy !== 'noeviction')
    throw new QueueStoreError(`Redis has maxmemory-policy ${policy} and could throw jobs away; set it to noeviction`);
}

/** The three calls that are made of a queue; every queue and worker has an error listener, or a broken connection would end the process. */
function roomQueue(queue: {
  addBulk: (jobs: { name: string; data: JobData; opts: { jobId: string } }[]) => Promise<unknown>;
  getJobState: (jobId: string) => Promise<string>;
  getJobCounts: (...states: ('waiting' | 'prioritized' | 'active')[]) => Promise<Record<string, number>>;
  close: () => Promise<void>;
}): RoomQueue {
  return {
    add: async (jobs) => {
      await queue.addBulk(jobs.map(({ name, id, data }) => ({ name, data, opts: { jobId: id } })));
    },
    stateOf: (jobId) => queue.getJobState(jobId),
    load: async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active');
      return { waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0), active: counts['active'] ?? 0 };
    },
    close: () => queue.close(),
  };
}
