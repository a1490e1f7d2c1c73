import type { QueueName } from '@keycourier/journey/steps/steps';
import {
  Queue,
  runMigrations,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
  Worker,
  type Processor,
} from 'bullmq';
import type { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';
import { jobOptions, type JobData } from './job.ts';
import { postgresSchema, redisPrefix } from './namespace.ts';
import { createPostgresPool, PostgresQueue, PostgresWorker } from './postgres.ts';
import { createRedisClient, failFast, readEvictionPolicy, redisLimits } from './redis.ts';

/** What the relay and the sweep use of a queue, in either store. */
export interface JobQueue {
  /** `priority` 0 runs first. */
  add: (jobs: readonly { name: string; id: string; data: JobData; priority: number }[]) => Promise<void>;
  stateOf: (jobId: string) => Promise<string>;
  /** How many jobs could run now, and how many are running. */
  load: () => Promise<{ waiting: number; active: number }>;
  close: () => Promise<void>;
}

export interface JobWorker {
  /** Takes no more jobs and resolves when those that are running have ended; `force` does not wait for them. */
  close: (force?: boolean) => Promise<void>;
}

/** The worker's side of the queue store: Redis when REDIS_URL is set, else BullMQ's own tables in our Postgres server. */
export interface QueueBackend {
  kind: 'redis' | 'postgres';
  queue: (queueName: QueueName) => JobQueue;
  worker: (queueName: QueueName, concurrency: number, processor: Processor<JobData, unknown>) => JobWorker;
  /** Throws while the store cannot be reached. */
  ping: () => Promise<void>;
  close: () => Promise<void>;
}

/** Another worker takes over the jobs of one that was killed: once their lock has expired, and it has looked for such. */
export interface JobLocks {
  lockMs: number;
  checkEveryMs: number;
}

export const standardLocks: JobLocks = { lockMs: 10_000, checkEveryMs: 5_000 };

/** Whether a worker that is gone may have left a job; asked before each look for such. */
export type MayBeStalled = () => Promise<boolean>;

/** Marked internal by BullMQ, whose 15 s would leave every queue idle for so long after the store is back. */
const afterStoreWasAway = { runRetryDelay: 500 };

/**
 * Seconds until an idle worker asks for a job that it was not notified of; five by default. On Redis less than the time until a
 * connection is replaced.
 */
const idleSeconds = { redis: redisLimits.idleMs / 1_000 - 2, postgres: 30 };

/** A job may be taken over any number of times. */
const workerOptions = ({ lockMs, checkEveryMs }: JobLocks, drainDelay: number) => ({
  ...afterStoreWasAway,
  drainDelay,
  lockDuration: lockMs,
  stalledInterval: checkEveryMs,
  maxStalledCount: 1_000,
});

/**
 * Connects to the queue store, creates or migrates its tables, and checks that jobs are safe in it. Where that fails, no
 * connection stays open.
 * @throws QueueStoreError when Redis may evict jobs, or BullMQ cannot use the schema in Postgres; the driver's errors
 *   while the store is away
 */
export async function connectBackend(
  settings: { redisUrl: string | undefined; databaseUrl: string; locks?: JobLocks; mayBeStalled?: MayBeStalled },
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  const { locks = standardLocks, mayBeStalled = async () => true } = settings;
  const shared = { locks, mayBeStalled, onError };
  return settings.redisUrl === undefined
    ? connectPostgres(settings.databaseUrl, shared)
    : connectRedis(settings.redisUrl, shared);
}

interface Shared {
  locks: JobLocks;
  mayBeStalled: MayBeStalled;
  onError: (error: Error) => void;
}

async function connectPostgres(databaseUrl: string, { locks, mayBeStalled, onError }: Shared): Promise<QueueBackend> {
  await migrate(databaseUrl, onError);
  const pool = createPostgresPool({ databaseUrl, use: 'job', maxConnections: 24, onError });
  return {
    kind: 'postgres',
    queue: (queueName) => {
      const queue = new PostgresQueue<JobData>(queueName, { connection: pool, ...jobOptions.postgres });
      return jobQueue(withListener(queue, onError), { bulkFrom: bulkFromOnPostgres });
    },
    worker: (queueName, concurrency, processor) => {
      const options = { connection: pool, concurrency, ...workerOptions(locks, idleSeconds.postgres) };
      const worker = new PostgresWorker<JobData, unknown>(queueName, processor, options);
      return withListener(lookingWhere(mayBeStalled, worker), onError);
    },
    ping: async () => void (await pool.query('select 1')),
    close: () => pool.end(),
  };
}

/** On a connection of its own, whose statements may take long. */
async function migrate(databaseUrl: string, onError: (error: Error) => void): Promise<void> {
  const pool = createPostgresPool({ databaseUrl, use: 'migration', maxConnections: 1, onError });
  try {
    await migrateIn(pool);
  } finally {
    await pool.end();
  }
}

async function migrateIn(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, postgresSchema);
  } catch (cause) {
    if (cause instanceof SchemaVersionMismatchError || cause instanceof UnsupportedPostgresVersionError)
      throw new QueueStoreError(cause.message, { cause });
    throw cause;
  } finally {
    client.release();
  }
}

async function connectRedis(url: string, { locks, mayBeStalled, onError }: Shared): Promise<QueueBackend> {
  const producer = createRedisClient(url, onError, {
    ...failFast,
    lazyConnect: true,
    commandTimeout: redisLimits.commandMs,
  });
  try {
    await producer.connect();
    refuseEviction(await readEvictionPolicy(producer));
  } catch (error) {
    producer.disconnect();
    throw error;
  }
  // Not lazy: BullMQ gives up a worker for good whose first attempt at a lazy connection fails.
  const consumer = createRedisClient(url, onError, {
    maxRetriesPerRequest: null,
    socketTimeout: redisLimits.idleMs,
  });
  return {
    kind: 'redis',
    queue: (queueName) => {
      // The workers check the version. A queue whose check fails while Redis is away would fail for ever.
      const ofConnection = { skipWaitingForReady: true, skipVersionCheck: true };
      const options = { connection: producer, prefix: redisPrefix, ...jobOptions.redis, ...ofConnection };
      return jobQueue(withListener(new Queue<JobData>(queueName, options), onError), { bulkFrom: bulkFromOnRedis });
    },
    worker: (queueName, concurrency, processor) => {
      const ofIdle = workerOptions(locks, idleSeconds.redis);
      const options = { connection: consumer, prefix: redisPrefix, concurrency, ...ofIdle };
      const worker = new Worker<JobData, unknown>(queueName, processor, options);
      return withListener(lookingWhere(mayBeStalled, worker), onError);
    },
    ping: async () => void (await producer.ping()),
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

function refuseEviction(policy: string | null): void {
  if (policy !== null && policy !== 'noeviction')
    throw new QueueStoreError(`Redis has maxmemory-policy ${policy} and may evict jobs; set it to noeviction`);
}

/** Of a single job, BullMQ's pipeline takes twice as long as the job. */
const bulkFromOnRedis = 2;

/** BullMQ makes two temporary tables to add jobs together, which takes as long as to add a dozen one by one. */
const bulkFromOnPostgres = 12;

/** Without a listener, a broken connection of a queue or a worker would end the process. */
function withListener<Emitter extends { on: (event: 'error', listener: (error: Error) => void) => unknown }>(
  emitter: Emitter,
  onError: (error: Error) => void,
): Emitter {
  emitter.on('error', onError);
  return emitter;
}

/** BullMQ looks for stalled jobs in each queue as often as `checkEveryMs` says, which at rest is most of what its store does. */
function lookingWhere<Bull extends { backend: { moveStalledJobsToWait: () => Promise<string[]> } }>(
  mayBeStalled: MayBeStalled,
  worker: Bull,
): Bull {
  const { backend } = worker;
  const look = backend.moveStalledJobsToWait.bind(backend);
  backend.moveStalledJobsToWait = async () => ((await mayBeStalled()) ? look() : []);
  return worker;
}

interface BullQueue {
  add: (name: string, data: JobData, opts: JobOptions) => Promise<unknown>;
  addBulk: (jobs: { name: string; data: JobData; opts: JobOptions }[]) => Promise<unknown>;
  getJobState: (jobId: string) => Promise<string>;
  getJobCounts: (...states: ('waiting' | 'prioritized' | 'active')[]) => Promise<Record<string, number>>;
  close: () => Promise<void>;
}

interface JobOptions {
  jobId: string;
  priority: number;
}

function jobQueue(queue: BullQueue, { bulkFrom }: { bulkFrom: number }): JobQueue {
  return {
    add: async (jobs) => {
      const all = jobs.map(({ name, id, data, priority }) => ({ name, data, opts: { jobId: id, priority } }));
      if (all.length >= bulkFrom) await queue.addBulk(all);
      else for (const { name, data, opts } of all) await queue.add(name, data, opts);
    },
    stateOf: (jobId) => queue.getJobState(jobId),
    load: async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active');
      return { waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0), active: counts['active'] ?? 0 };
    },
    close: () => queue.close(),
  };
}
