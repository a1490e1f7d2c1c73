import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { reasonIn } from './child-log.ts';
import { StackError } from './errors.ts';
import type { AppName } from './settings.ts';

export type ChildName = AppName | 'okta-simulator' | 'fulfillment-simulator';

export interface Child {
  /** The app's name, with a suffix if it runs more than once. */
  name: string;
  pid: number;
  /** Base URL of its public listener; empty if it has none. */
  url: string;
  /** Resolves with the exit code (null after a signal) when the process has ended. */
  ended: Promise<number | null>;
  /** Sends SIGTERM and resolves when the process has drained and ended. */
  stop: () => Promise<void>;
  /** Sends SIGKILL and resolves when the process has ended. */
  kill: () => Promise<void>;
  signal: (signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM') => void;
}

const ready = z.object({ ready: z.literal(true), url: z.string().nullable() });

const startTimeoutMs = 240_000;

/**
 * With a small heap, garbage is collected early: the API reads files of any length as streams, and fifty thousand rows
 * take no more memory than ten thousand (apps/api/bench); nor does a worker after days of work (docs/performance.md). V8 lets a
 * small heap grow by a third before it collects all of it again; by as much as is in use, it does so half as often.
 */
const nodeOptions: Readonly<Partial<Record<ChildName, readonly string[]>>> = {
  receiver: ['--max-old-space-size=96', '--max-semi-space-size=4', '--no-memory-reducer'],
  api: ['--max-old-space-size=128', '--heap-growing-percent=100', '--no-memory-reducer'],
  scim: ['--max-semi-space-size=32', '--no-memory-reducer'],
  worker: ['--max-old-space-size=256', '--heap-growing-percent=100', '--no-memory-reducer'],
  console: ['--max-old-space-size=192', '--max-semi-space-size=4', '--no-memory-reducer'],
};

/** glibc keeps memory for each of its arenas, of which the threads that compress deliveries need no more. */
const arenas: Readonly<Partial<Record<ChildName, string>>> = { receiver: '2' };

/**
 * Runs an app's main.ts in a process of its own and waits until it is ready. Its log is `<logs>/<name>.log`. The child
 * ends when this process ends.
 * @throws StackError `child_failed` with the reason in its log
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { app, name = app, logFolder } = options;
  await mkdir(logFolder, { recursive: true });
  const log = await open(join(logFolder, `${name}.log`), 'a+', 0o600);
  try {
    return await startWithLog(options, log);
  } finally {
    await log.close();
  }
}

interface ChildOptions {
  app: ChildName;
  name?: string;
  environment: Readonly<Record<string, string | undefined>>;
  logFolder: string;
}

async function startWithLog({ app, name = app, environment }: ChildOptions, log: FileHandle): Promise<Child> {
  const main = fileURLToPath(new URL(`../../../${app}/dist/main.js`, import.meta.url));
  const startsAt = (await log.stat()).size;
  const child = fork(main, {
    // The child writes to the file itself: nothing is lost when this process is killed, and nothing is copied here.
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    execArgv: ['--enable-source-maps', ...(nodeOptions[app] ?? [])],
    env: { ...inherited(), MALLOC_ARENA_MAX: arenas[app], ...environment },
  });
  const ended = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null));
  const url = await untilReady(child, ended).catch(async (cause: unknown) => {
    child.kill('SIGKILL');
    await ended;
    const reason = reasonIn(await readEnd(log, startsAt));
    throw new StackError('child_failed', `${name} could not start: ${reason}`, { cause });
  });
  return {
    name,
    pid: child.pid ?? 0,
    url,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
    signal: (signal) => void child.kill(signal),
  };
}

/** Waits for children that start concurrently. If one fails, stops the others and throws its error. */
export async function untilAllStarted(starting: readonly Promise<Child>[]): Promise<Child[]> {
  const results = await Promise.allSettled(starting);
  if (results.some(({ status }) => status === 'rejected'))
    await Promise.all(results.map(async (one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
  return Promise.all(starting);
}

/** The variables of this process that a child inherits; all settings of keycourier are passed explicitly. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, TZ, LANG, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME, TMPDIR, TZ, LANG, NODE_EXTRA_CA_CERTS };
}

const logTailBytes = 4_000;

/** The end of a log, from no earlier than where this process began to write. */
async function readEnd(log: FileHandle, startsAt: number): Promise<string> {
  const { size } = await log.stat();
  const from = Math.max(startsAt, size - logTailBytes);
  const { buffer, bytesRead } = await log.read(Buffer.alloc(logTailBytes), 0, size - from, from);
  return buffer.toString('utf8', 0, bytesRead);
}

function untilReady(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new StackError('child_failed', 'not ready within four minutes')),
      startTimeoutMs,
    );
    const finish = (result: () => void): void => {
      clearTimeout(timer);
      result();
    };
    child.on('message', (message) => {
      const parsed = ready.safeParse(message);
      if (parsed.success) finish(() => resolve(parsed.data.url ?? ''));
    });
    void ended.then((code) =>
      finish(() => reject(new StackError('child_failed', `it ended with code ${code ?? 'none'}`))),
    );
  });
}
