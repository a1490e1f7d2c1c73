import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { type Binaries, serverEnvironment } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { readPostmaster } from './previous-server.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Recovery after a crash may take long, and ends sooner if it is left alone. */
const readyWithinMs = 120_000;
const fastStopWithinMs = 20_000;

export interface LaunchOptions {
  binaries: Binaries;
  user: ServerUser;
  cluster: Cluster;
  throwaway: boolean;
  log: (line: string) => void;
}

export interface ServerProcess {
  child: ChildProcess;
  pid: number;
  port: number;
  ended: Promise<void>;
}

type Launch =
  | { outcome: 'ready'; server: ServerProcess }
  | { outcome: 'port_taken' | 'backends_linger' | 'data_dir_in_use' | 'failed'; reason: string };

/**
 * Starts the server and waits until it takes connections.
 * @throws EmbeddedPostgresError `port_taken`, `data_dir_in_use`, `start_failed`
 */
export async function launchServer(options: LaunchOptions & { port: number }): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await findFreePort() : options.port;
    const launch = await launchOnce({ ...options, port });
    switch (launch.outcome) {
      case 'ready':
        return launch.server;
      case 'port_taken':
        // A free port may be gone again before Postgres takes it.
        if (options.port === 0 && attempt < 5) break;
        throw new EmbeddedPostgresError('port_taken', `Postgres cannot listen on 127.0.0.1:${port}: the port is taken`);
      case 'backends_linger':
        // The backends of a server that was killed need a moment to notice.
        if (attempt < 20) break;
        throw new EmbeddedPostgresError('start_failed', `Postgres did not start: ${launch.reason}`);
      case 'data_dir_in_use':
        throw new EmbeddedPostgresError(
          'data_dir_in_use',
          `Another process has just started the database in ${options.cluster.data}`,
        );
      case 'failed':
        throw new EmbeddedPostgresError('start_failed', `Postgres did not start: ${launch.reason}`);
    }
    await sleep(250);
  }
}

async function launchOnce(options: LaunchOptions & { port: number }): Promise<Launch> {
  const { binaries, cluster, user, log, port } = options;
  // A process group of its own: Ctrl-C in a terminal must not stop the database under those who are draining.
  const child = spawn(binaries.postgres, ['-D', cluster.data, ...settings(options)], {
    ...user,
    cwd: cluster.data,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log(line);
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  });
  const ended = once(child, 'close').then(
    () => undefined,
    (error: unknown) => void lastLines.push(String(error)),
  );
  const { pid } = child;
  if (pid !== undefined && (await becomesReady(child, cluster.data)))
    return { outcome: 'ready', server: { child, pid, port, ended } };
  child.kill('SIGQUIT');
  await ended;
  return explain(lastLines);
}

async function becomesReady(child: ChildProcess, data: string): Promise<boolean> {
  const deadline = Date.now() + readyWithinMs;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const postmaster = await readPostmaster(data);
    if (postmaster?.pid === child.pid && postmaster?.status === 'ready') return true;
    await sleep(20);
  }
  return false;
}

function explain(lastLines: readonly string[]): Launch {
  const reason = lastLines.join('\n');
  if (reason.includes('could not create any TCP/IP sockets')) return { outcome: 'port_taken', reason };
  if (reason.includes('pre-existing shared memory block')) return { outcome: 'backends_linger', reason };
  if (reason.includes('lock file "postmaster.pid" already exists')) return { outcome: 'data_dir_in_use', reason };
  return { outcome: 'failed', reason };
}

function settings({ port, throwaway }: { port: number; throwaway: boolean }): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    timezone: 'UTC',
    // DETAIL lines and statements quote the values of rows, and rows hold personal data.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    // Four processes of tests share one, each of whose files has pools of its own: some forty connections.
    ...(throwaway ? { max_connections: '500', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Postgres' fast shutdown: transactions under way are rolled back, everything committed is on disk. */
export async function interruptServer(pid: number, binaries: Binaries): Promise<void> {
  // Windows has no signals; pg_ctl sends what Postgres listens for there.
  if (process.platform === 'win32') await run(binaries.pgCtl, ['kill', 'INT', String(pid)]);
  else process.kill(pid, 'SIGINT');
}

/** @throws EmbeddedPostgresError `stop_failed` */
export async function stopServer(server: ServerProcess, binaries: Binaries): Promise<void> {
  const running = (): boolean => server.child.exitCode === null && server.child.signalCode === null;
  const endsWithin = async (milliseconds: number): Promise<boolean> =>
    Promise.race([server.ended.then(() => true), sleep(milliseconds, false, { ref: false })]);
  if (!running()) return;
  await interruptServer(server.pid, binaries);
  if (await endsWithin(fastStopWithinMs)) return;
  // An immediate shutdown loses nothing that was committed either; the next start recovers.
  server.child.kill('SIGQUIT');
  if (await endsWithin(fastStopWithinMs)) return;
  throw new EmbeddedPostgresError('stop_failed', `Postgres (pid ${server.pid}) does not stop: end it`);
}
