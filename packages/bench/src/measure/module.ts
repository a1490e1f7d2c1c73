import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { BenchError } from '../errors.ts';

/** A module that runs in a process of its own. */
export interface RunningModule {
  pid: number;
  /** The base URL that it reported, or an empty text. */
  url: string;
  /** From fork() to its report that it is ready. */
  readyMs: number;
  /** Sends a request and waits for its answer (answer-requests.ts). */
  ask: <Answer>(request: unknown, schema: z.ZodType<Answer>, timeoutMs?: number) => Promise<Answer>;
  stop: () => Promise<void>;
  kill: () => Promise<void>;
}

export interface ModuleOptions {
  environment?: Readonly<Record<string, string | undefined>>;
  execArgv?: readonly string[];
  /** The Node that runs it; this one by default. */
  execPath?: string;
  /** Where its output goes; nowhere by default. */
  logFile?: string;
}

const ready = z.looseObject({ ready: z.literal(true), url: z.string().nullish() });
const reply = z.looseObject({ replyTo: z.int(), answer: z.unknown().optional(), error: z.string().optional() });
const startTimeoutMs = 60_000;

/** Every module that was started and has not ended: none outlives the bench. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a module and waits until it reports over IPC that it is ready, as every app of ours does.
 * @throws BenchError where it ends before
 */
export async function startModule(module: URL, options: ModuleOptions = {}): Promise<RunningModule> {
  const startedAt = performance.now();
  const output = options.logFile === undefined ? 'ignore' : openSync(options.logFile, 'a', 0o600);
  const { PATH, HOME, TMPDIR } = process.env;
  const child = fork(fileURLToPath(module), {
    stdio: ['ignore', output, output, 'ipc'],
    execArgv: [...(options.execArgv ?? [])],
    ...(options.execPath === undefined ? {} : { execPath: options.execPath }),
    env: { PATH, HOME, TMPDIR, NODE_ENV: 'production', ...options.environment },
  });
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const url = await untilReady(child, fileURLToPath(module), options.logFile);
  return {
    pid: child.pid ?? 0,
    url,
    readyMs: performance.now() - startedAt,
    ask: createAsk(child),
    stop: () => end(child, 'SIGTERM', ended),
    kill: () => end(child, 'SIGKILL', ended),
  };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended;
}

function untilReady(child: ChildProcess, module: string, logFile: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new BenchError(`${module} ${why}${logFile === undefined ? '' : `: see ${logFile}`}`));
    };
    const timer = setTimeout(() => fail('is not ready within a minute'), startTimeoutMs);
    const onExit = (code: number | null): void => fail(`ended with code ${code ?? 'none'} before it was ready`);
    child.once('exit', onExit);
    child.on('message', (message) => {
      const parsed = ready.safeParse(message);
      if (!parsed.success) return;
      clearTimeout(timer);
      child.off('exit', onExit);
      resolve(parsed.data.url ?? '');
    });
  });
}

type Reply = z.infer<typeof reply>;

function createAsk(child: ChildProcess): RunningModule['ask'] {
  const waiting = new Map<number, (answer: Reply) => void>();
  let lastId = 0;
  const finish = (answer: Reply): void => {
    waiting.get(answer.replyTo)?.(answer);
    waiting.delete(answer.replyTo);
  };
  child.on('message', (message) => {
    const parsed = reply.safeParse(message);
    if (parsed.success) finish(parsed.data);
  });
  child.once('exit', () => {
    for (const replyTo of waiting.keys()) finish({ replyTo, error: 'a process of the bench has ended' });
  });
  return async (request, schema, timeoutMs = 120_000) => {
    lastId += 1;
    const id = lastId;
    const timer = setTimeout(
      () => finish({ replyTo: id, error: `no answer to ${JSON.stringify(request)} in ${timeoutMs} ms` }),
      timeoutMs,
    );
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    child.send({ id, request });
    const { answer, error } = await answered.finally(() => clearTimeout(timer));
    if (error !== undefined) throw new BenchError(error);
    return schema.parse(answer);
  };
}
