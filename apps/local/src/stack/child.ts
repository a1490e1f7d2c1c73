import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { StackError } from './errors.ts';

export type AppName = 'receiver' | 'api' | 'worker' | 'console' | 'okta-simulator' | 'fulfillment-simulator';

export interface Child {
  /** The app, with a suffix where it runs more than once. */
  name: string;
  pid: number;
  /** Base URL of its front door; empty where it has none. */
  url: string;
  /** Resolves with the exit code (null after a signal) when the process is gone, whatever ended it. */
  ended: Promise<number | null>;
  /** Asks it to drain, and resolves when it is gone. */
  stop: () => Promise<void>;
  /** Takes it away in the middle of whatever it does. */
  kill: () => Promise<void>;
  signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

const ready = z.object({ ready: z.literal(true), url: z.string().nullable() });

const startTimeoutMs = 60_000;

/**
 * The API reads files of any length as a stream and keeps little of them. In a small heap its garbage is collected as it
 * comes, and fifty thousand rows take no more memory than ten thousand (apps/api/bench).
 */
const nodeOptions: Readonly<Partial<Record<AppName, readonly string[]>>> = { api: ['--max-old-space-size=128'] };

/**
 * Runs an app's real main.ts in a process of its own and waits until it says that it is ready. Its log goes to
 * `<logs>/<name>.log`. The child ends by itself when this process goes away.
 * @throws StackError `child_failed` with the end of its log
 */
export async function startChild(options: {
  app: AppName;
  name?: string;
  environment: Readonly<Record<string, string | undefined>>;
  logFolder: string;
}): Promise<Child> {
  const { app, name = app, logFolder } = options;
  await mkdir(logFolder, { recursive: true });
  const main = fileURLToPath(new URL(`../../../${app}/dist/main.js`, import.meta.url));
  const child = fork(main, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--enable-source-maps', ...(nodeOptions[app] ?? [])],
    env: { ...inherited(), ...options.environment },
  });
  const tail = keepLog(child, join(logFolder, `${name}.log`));
  const ended = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null));
  const url = await untilReady(child, ended).catch((cause: unknown) => {
    child.kill('SIGKILL');
    throw new StackError('child_failed', `${name} could not start:\n${tail()}`, { cause });
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

/** Waits for several that were started at once. When one fails, the others are stopped again before that is thrown. */
export async function untilAllStarted(starting: readonly Promise<Child>[]): Promise<Child[]> {
  const settled = await Promise.allSettled(starting);
  if (settled.some(({ status }) => status === 'rejected'))
    await Promise.all(settled.map(async (one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
  return Promise.all(starting);
}

/** The child gets what a program needs to run at all; everything of ours is given by name. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, TZ, LANG, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME, TMPDIR, TZ, LANG, NODE_EXTRA_CA_CERTS };
}

function keepLog(child: ChildProcess, path: string): () => string {
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.pipe(file, { end: false });
    stream?.on('data', (chunk: Buffer) => {
      tail = `${tail}${chunk.toString('utf8')}`.slice(-4_000);
    });
  }
  child.once('exit', () => file.end());
  return () => tail;
}

function untilReady(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StackError('child_failed', 'not ready in a minute')), startTimeoutMs);
    const derive = (how: () => void): void => {
      clearTimeout(timer);
      how();
    };
    child.on('message', (message) => {
      const parsed = ready.safeParse(message);
      if (parsed.success) derive(() => resolve(parsed.data.url ?? ''));
    });
    void ended.then((code) =>
      derive(() => reject(new StackError('child_failed', `it ended with code ${code ?? 'none'}`))),
    );
  });
}
