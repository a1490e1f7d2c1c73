import { findStep } from '@keycourier/journey/steps/steps';
import { connectExistingQueues } from '@keycourier/queues/existing-queues';
import { postgresSchema } from '@keycourier/queues/namespace';
import { createPostgresPool } from '@keycourier/queues/postgres';
import { createRedisClient } from '@keycourier/queues/redis';
import { until } from '@keycourier/runtime/testing/until';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { StoryError } from './people.ts';
import type { World } from './world.ts';

export interface RunningJob {
  state: () => Promise<string>;
  result: () => Promise<unknown>;
}

/** Direct access to the queue store, as an operator with a script has it. */
export interface Queues {
  run: (step: string, subjectId: string, jobId: string) => Promise<RunningJob>;
  pause: (step: string) => Promise<void>;
  resume: (step: string) => Promise<void>;
  /** All that the store knows of jobs, keys and values, as text. */
  dump: () => Promise<string>;
  /** Deletes the store with everything in it. */
  drop: () => Promise<void>;
  failedReasons: (step: string) => Promise<string[]>;
  close: () => Promise<void>;
}

interface Contents {
  dump: () => Promise<string>;
  drop: () => Promise<void>;
  close: () => Promise<void>;
}

const ignoreErrors = (): void => undefined;

export async function connectQueues(world: World): Promise<Queues> {
  const { databaseUrl } = world.stack;
  const redisUrl = world.redis?.url;
  const existing = connectExistingQueues({ redisUrl, databaseUrl, applicationName: 'stories' }, ignoreErrors);
  const queues = await until(existing.queues, (found) => found !== null);
  if (queues === null) throw new StoryError('there is no queue store');
  const contents = redisUrl === undefined ? contentsOfPostgres(databaseUrl) : contentsOfRedis(redisUrl);
  return {
    ...overQueues(queues),
    ...contents,
    close: async () => {
      await existing.close();
      await contents.close();
    },
  };
}

function contentsOfPostgres(databaseUrl: string): Contents {
  const pool = createPostgresPool({ databaseUrl, use: 'job', maxConnections: 1, onError: ignoreErrors });
  return {
    dump: async () => {
      const { rows } = await pool.query<{ row: string }>('select t::text as row from job t');
      return rows.map(({ row }) => row).join('\n');
    },
    drop: async () => void (await pool.query(`drop schema ${postgresSchema} cascade`)),
    close: () => pool.end(),
  };
}

function contentsOfRedis(url: string): Contents {
  const connection = createRedisClient(url, ignoreErrors);
  return {
    dump: () => dumpRedis(connection),
    drop: async () => void (await connection.flushdb()),
    close: async () => connection.disconnect(),
  };
}

function overQueues(queues: readonly Queue[]): Omit<Queues, keyof Contents> {
  const find = (step: string): Queue => {
    const queue = queues.find(({ name }) => name === findStep(step)?.queue);
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
  // All keys of a page at once: there are ten thousands, and one by one each of them would wait for its answers.
  for await (const keys of connection.scanStream({ count: 500 })) {
    const names: string[] = keys.map(String);
    const values = await Promise.all(names.map((name) => readKey(connection, name)));
    lines.push(...names.flatMap((name, index) => [name, JSON.stringify(values[index])]));
  }
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
