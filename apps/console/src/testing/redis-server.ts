import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

import { Redis } from 'ioredis';

import { closeAtEnd } from './close-all.ts';
import { until } from './until.ts';

/** Where `redis-server` or `valkey-server` is on PATH; null where there is none. */
export const redisProgram = findOnPath(['redis-server', 'valkey-server']);

export interface RedisServer {
  url: string;
  stop: () => Promise<void>;
}

/** A Redis of the test's own that keeps nothing on disk. */
export async function startRedis(program: string, port?: number): Promise<RedisServer> {
  const own = port ?? (await freePort());
  const settings = ['--port', String(own), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(program, settings, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const probe = new Redis(own, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  closeAtEnd(stop);
  return { url: `redis://127.0.0.1:${own}`, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const address = await until(
    () => Promise.resolve(server.address()),
    (found) => found !== null,
  );
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function findOnPath(names: readonly string[]): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
