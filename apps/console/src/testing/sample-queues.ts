import { postgresSchema, redisPrefix } from '@keycourier/queues/namespace';
import { createPostgresPool, PostgresQueue, PostgresWorker } from '@keycourier/queues/postgres';
import { createRedisClient } from '@keycourier/queues/redis';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { Queue, runMigrations, Worker } from 'bullmq';

import { closeAtEnd } from './close-all.ts';

interface AnyJob {
  name: string;
  updateProgress: (progress: object) => Promise<void>;
  log: (row: string) => Promise<unknown>;
}

interface AnyQueue {
  add: (name: string, data: object, options: object) => Promise<unknown>;
  getJobCounts: () => Promise<Record<string, number>>;
  getJob: (id: string) => Promise<{ getState: () => Promise<string>; data: unknown } | undefined>;
  close: () => Promise<void>;
}

interface AnyWorker {
  on: (event: 'error', listener: () => void) => unknown;
  close: () => Promise<void>;
}

/** The worker's side of the queues: creates the store's tables, adds jobs and runs them. */
export interface SampleQueues {
  queue: (name: string) => AnyQueue;
  /** Runs the jobs of one queue until it is closed. */
  work: (name: string, run: (job: AnyJob) => Promise<unknown>) => AnyWorker;
}

export async function sampleQueuesOnPostgres(databaseUrl: string): Promise<SampleQueues> {
  const onError = (): void => undefined;
  const pool = createPostgresPool({ databaseUrl, use: 'job', limits: patientLimits, maxConnections: 8, onError });
  closeAtEnd(() => pool.end());
  const client = await pool.connect();
  await runMigrations(client, postgresSchema).finally(() => client.release());
  return {
    queue: memoize((name) => registered(new PostgresQueue(name, { connection: pool }))),
    work: (name, run) => registered(new PostgresWorker(name, run, { connection: pool })),
  };
}

export function sampleQueuesOnRedis(redisUrl: string): SampleQueues {
  const connection = createRedisClient(redisUrl, () => undefined, { maxRetriesPerRequest: null });
  closeAtEnd(async () => connection.disconnect());
  const prefix = redisPrefix;
  return {
    queue: memoize((name) => registered(new Queue(name, { connection, prefix }))),
    work: (name, run) => registered(new Worker(name, run, { connection, prefix })),
  };
}

function memoize(create: (name: string) => AnyQueue): (name: string) => AnyQueue {
  const created = new Map<string, AnyQueue>();
  return (name) => {
    const queue = created.get(name) ?? create(name);
    created.set(name, queue);
    return queue;
  };
}

function registered<Item extends AnyWorker>(item: Item): Item {
  item.on('error', () => undefined);
  closeAtEnd(() => item.close());
  return item;
}
