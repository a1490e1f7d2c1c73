import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { Redis } from 'ioredis';

import { StoryError } from './people.ts';

export interface RedisServer {
  url: string;
  /** Null for the server of REDIS_URL, which a story must not stop. */
  outage: {
    /** Kills the server; after `start` it has the data of its append-only file. */
    crash: () => Promise<void>;
    start: () => Promise<void>;
    signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  } | null;
  stop: () => Promise<void>;
}

/** Starts a Redis server, or uses an empty database of REDIS_URL; null if neither is possible. */
export function findRedis(environment: Readonly<Record<string, string | undefined>> = process.env) {
  const program = redisProgram;
  if (program !== null) return () => startOwnRedis(program);
  const url = environment['REDIS_URL'] ?? '';
  return url === '' ? null : () => borrowRedis(url);
}

/** Uses an empty database of an existing Redis and empties it afterwards. A key prevents two runs from using the same. */
async function borrowRedis(url: string): Promise<RedisServer> {
  for (let database = 1; database < 16; database += 1) {
    const lent = Object.assign(new URL(url), { pathname: `/${database}` }).href;
    const client = new Redis(lent, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    const isOurs =
      (await client.dbsize()) === 0 && (await client.set('keycourier-stories', 'here', 'EX', 900, 'NX')) === 'OK';
    const release = async (): Promise<void> => {
      if (isOurs) await client.flushdb();
      client.disconnect();
    };
    if (isOurs) return { url: lent, outage: null, stop: release };
    await release();
  }
  throw new StoryError('REDIS_URL has no empty database between 1 and 15');
}

/** Starts a Redis server with an append-only file, as in the compose file. */
async function startOwnRedis(program: string): Promise<RedisServer> {
  const appendOnlyDir = await mkdtemp(join(tmpdir(), 'keycourier-redis-'));
  const { url, start, signal, crash, stop } = await startRedisServer(program, { appendOnlyDir });
  return {
    url,
    outage: { start, signal, crash },
    stop: async () => {
      await stop();
      await rm(appendOnlyDir, { recursive: true, force: true });
    },
  };
}
