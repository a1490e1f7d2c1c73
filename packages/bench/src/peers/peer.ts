import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { BenchError } from '../errors.ts';
import type { CleanUps } from '../stack/scratch.ts';

/** Another program that takes an event by HTTP and goes on with it. */
export interface Peer {
  name: string;
  /** What npm installs, with versions. */
  packages: readonly string[];
  /** Versions of what it depends on, where its own are not in the registry. */
  overrides?: Readonly<Record<string, string>>;
  /** How it is set up, and what its answer promises. */
  setup: string;
  isDurable: boolean;
  /** The oldest Node that it runs on. */
  node: 20 | 22;
  /** @returns the URL that takes a delivery by POST */
  start: (place: Place) => Promise<string>;
}

export interface Place {
  /** Where it is installed, with node_modules in it. */
  folder: string;
  /** Its own, empty, deleted afterwards. */
  dir: string;
  /** A Node that it runs on. */
  node: string;
  port: () => Promise<number>;
  /** A new database, and the port of a Redis; null where there is none. */
  postgres: (name: string) => Promise<URL>;
  redisPort: number | null;
  cleanUps: CleanUps;
}

/** Runs a program until the measurement ends. Its output goes to a file of its own. */
export function run(
  { dir, cleanUps }: Pick<Place, 'dir' | 'cleanUps'>,
  [program, ...args]: readonly [string, ...string[]],
  { name, environment = {} }: { name: string; environment?: Readonly<Record<string, string>> },
): ChildProcess {
  const output = openSync(`${dir}/${name}.log`, 'a', 0o600);
  const { PATH, TMPDIR } = process.env;
  const child = spawn(program, args, {
    cwd: dir,
    stdio: ['ignore', output, output],
    env: { PATH, TMPDIR, HOME: dir, NODE_ENV: 'production', ...environment },
  });
  cleanUps.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Runs a program to its end. @throws BenchError with its last lines where it fails */
export async function runToEnd(...args: Parameters<typeof run>): Promise<void> {
  const [{ dir }, , { name }] = args;
  const [code]: unknown[] = await once(run(...args), 'exit');
  if (code === 0) return;
  const log = await readFile(`${dir}/${name}.log`, 'utf8');
  throw new BenchError(`${name} ended with ${String(code)}: ${log.trim().split('\n').slice(-3).join(' ')}`);
}

/** @throws BenchError where the URL does not answer within the time */
export async function untilAnswers(
  url: string,
  isReady: (status: number) => boolean,
  { withinMs = 60_000, method = 'GET' }: { withinMs?: number; method?: 'GET' | 'POST' } = {},
): Promise<void> {
  const endsAt = performance.now() + withinMs;
  while (performance.now() < endsAt) {
    const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
    const status = await fetch(url, { method, ...body, signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (isReady(status)) return;
    await sleep(250);
  }
  throw new BenchError(`${url} does not answer within ${withinMs / 1_000} s`);
}
