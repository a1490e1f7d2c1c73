import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { until } from '@keycourier/local/clients/until';
import { Redis } from 'ioredis';

import { StoryError } from './people.ts';

/** A redis-server or valkey-server on PATH; null where there is none, and the Redis stories are skipped. */
function findRedisServer(path = process.env['PATH'] ?? ''): string | null {
  const candidates = path
    .split(delimiter)
    .flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface RedisServer {
  url: string;
  /** Null for a server that somebody lent us: it is not ours to take away. */
  outage: {
    /** Takes it away as a crash does; what AOF has is still there at the next start. */
    crash: () => Promise<void>;
    start: () => Promise<void>;
  } | null;
  stop: () => Promise<void>;
}

/** Where the Redis stories can be told: on a server of our own, else on the one that REDIS_URL lends; null is nowhere. */
export function findRedis(environment: Readonly<Record<string, string | undefined>> = process.env) {
  const binary = findRedisServer(environment['PATH']);
  if (binary !== null) return () => startRedisServer(binary);
  const url = environment['REDIS_URL'] ?? '';
  return url === '' ? null : () => borrowRedis(url);
}

/** An empty database of somebody's Redis, emptied again afterwards. Two that look at the same moment do not find the same. */
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

/** A Redis of our own on a free loopback port, with AOF and noeviction, as the compose file runs it. */
async function startRedisServer(binary: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | null = null;
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    server = spawn(
      binary,
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--appendonly',
        'yes',
        '--maxmemory-policy',
        'noeviction',
        '--save',
        '',
      ],
      { stdio: 'ignore' },
    );
    await until('Redis to answer', () => answers(url), { timeoutMs: 10_000 });
  };
  await start();
  return {
    url,
    outage: { start, crash: () => end('SIGKILL') },
    stop: async () => {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
