import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { freePort } from '@keycourier/runtime/testing/free-port';
import { Redis } from 'ioredis';

/** The path of `redis-server` or `valkey-server`; null where neither is on PATH. */
export const redisProgram = findOnPath(['redis-server', 'valkey-server']);

export interface RedisServer {
  url: string;
  /** Ends the process at once; only what it appended to its file is there after the next start. */
  crash: () => Promise<void>;
  start: () => Promise<void>;
  /** Freezes the process, which keeps its connections, and lets it continue. */
  signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  stop: () => Promise<void>;
}

/** A Redis on loopback that never evicts. It keeps nothing on disk unless it has a directory for its append-only file. */
export async function startRedisServer(
  program: string,
  options: { port?: number; appendOnlyDir?: string } = {},
): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const directory = options.appendOnlyDir;
  const persistence = directory === undefined ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--dir', directory];
  const network = ['--port', String(port), '--bind', '127.0.0.1'];
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = [...network, '--save', '', '--maxmemory-policy', 'noeviction', ...persistence];
    server = spawn(program, settings, { stdio: 'ignore' });
    await untilReady(port);
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    signal: (signal) => void server.kill(signal),
    crash: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** A server that reads its append-only file accepts connections before it answers. */
async function untilReady(port: number): Promise<void> {
  const probe = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
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
