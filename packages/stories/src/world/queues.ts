import { findStep, queueNames } from '@keycourier/journey/steps/steps';
import { createPostgresBackend, isPgPool, Queue, withBackend, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

import { StoryError } from './people.ts';
import type { World } from './world.ts';

const postgres = withBackend(createPostgresBackend);

export interface RunningJob {
  state: () => Promise<string>;
  result: () => Promise<unknown>;
}

/** Hands in the queue store, as an operator with a script would have them. */
export interface Queues {
  run: (step: string, subjectId: string, jobId: string) => Promise<RunningJob>;
  pause: (step: string) => Promise<void>;
  resume: (step: string) => Promise<void>;
  /** All that the store knows of jobs, keys and values, as text. */
  dump: () => Promise<string>;
  /** The store and everything in it is gone. */
  drop: () => Promise<void>;
  failedReasons: (step: string) => Promise<string[]>;
  close: () => Promise<void>;
}

interface AnyQueue {
  add: (name: string, data: unknown, opts: { jobId: string }) => Promise<Job>;
  getJob: (id: string) => Promise<Job | undefined>;
  getFailed: () => Promise<Job[]>;
  pause: () => Promise<void>;
  resume: () => Promise<void>;
  close: () => Promise<void>;
}

export async function openQueues(world: World): Promise<Queues> {
  return world.redis === null ? onPostgres(world.stack.databaseUrl) : onRedis(world.redis.url);
}

function onPostgres(databaseUrl: string): Queues {
  const pool = new Pool({ connectionString: databaseUrl, max: 4, options: '-c search_path=bullmq' });
  pool.on('error', () => undefined);
  if (!isPgPool(pool)) throw new StoryError('no pool');
  const shared: typeof pool = pool;
  const queues = new Map<string, AnyQueue>(
    queueNames.map((queueName) => [queueName, silent(new postgres.Queue(queueName, { connection: shared }))]),
  );
  return {
    ...overQueues(queues),
    dump: async () => {
      const { rows } = await pool.query<{ row: string }>('select t::text as row from bullmq.job t');
      return rows.map(({ row }) => row).join('\n');
    },
    drop: async () => void (await pool.query('drop schema bullmq cascade')),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await pool.end();
    },
  };
}

function onRedis(url: string): Queues {
  const connection = new Redis(url, {
    maxRetriesPerRequest: 3,
    retryStrategy: (times) => Math.min(times * 100, 1_000),
  });
  connection.on('error', () => undefined);
  const queues = new Map<string, AnyQueue>(
    queueNames.map((queueName) => [queueName, silent(new Queue(queueName, { connection, prefix: 'keycourier' }))]),
  );
  return {
    ...overQueues(queues),
    dump: () => dumpRedis(connection),
    drop: async () => void (await connection.flushdb()),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}

function silent<Emitter extends { on: (event: 'error', listener: () => void) => unknown }>(emitter: Emitter): Emitter {
  emitter.on('error', () => undefined);
  return emitter;
}

function overQueues(queues: ReadonlyMap<string, AnyQueue>): Omit<Queues, 'dump' | 'drop' | 'close'> {
  const find = (step: string): AnyQueue => {
    const queue = queues.get(findStep(step)?.queue ?? '');
    if (queue === undefined) throw new StoryError(`no queue for ${step}`);
    return queue;
  };
  return {
    run: async (step, subjectId, jobId) => {
      const id = `${step}.${subjectId}.${jobId}`;
      await find(step).add(step, { subjectId, dispatchId: null }, { jobId: id });
      return {
        state: async () => (await (await find(step).getJob(id))?.getState()) ?? 'unknown',
        result: async () => (await find(step).getJob(id))?.returnvalue,
      };
    },
    pause: (step) => find(step).pause(),
    resume: (step) => find(step).resume(),
    failedReasons: async (step) => (await find(step).getFailed()).map(({ failedReason }) => failedReason),
  };
}

async function dumpRedis(connection: Redis): Promise<string> {
  const lines: string[] = [];
  for await (const keys of connection.scanStream({ count: 500 }))
    for (const key of keys) lines.push(String(key), JSON.stringify(await readKey(connection, String(key))));
  return lines.join('\n');
}

async function readKey(connection: Redis, key: string): Promise<unknown> {
  switch (await connection.type(key)) {
    case 'hash':
      return connection.hgetall(key);
    case 'list':
      return connection.lrange(key, 0, -1);
    case 'set':
      return connection.smembers(key);
    case 'zset':
      return connection.zrange(key, '0', '-1');
    case 'stream':
      return connection.xrange(key, '-', '+');
    default:
      return connection.get(key);
  }
}
