import { once } from 'node:events';

import type { z } from 'zod';

import { ProcessError } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';
import { parseEnvironment } from './parse-environment.ts';

export interface Running {
  /** Base URL of the front door, for the parent that started this process; absent where there is none. */
  url?: string;
  /** Stops taking work, finishes what is under way, releases what is held. */
  close: () => Promise<void>;
}

/** What is used of Node's own `process`. */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  on: {
    (event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
    (event: 'disconnect', listener: () => void): unknown;
    (event: 'unhandledRejection', listener: (error: unknown) => void): unknown;
  };
  exit: (code: number) => void;
  /** False once the parent's IPC channel is closed; absent where there never was one. */
  connected?: boolean | undefined;
  send?: ((message: { ready: true; url: string | null }) => unknown) | undefined;
}

const drainTimeoutMs = 25_000;

interface Setting {
  LOG_LEVEL: string;
}

/**
 * The whole life of a process: parse the environment, start, tell a parent (over Node's IPC) that it is ready, run until
 * SIGTERM, SIGINT or the loss of that parent, drain for at most 25 s, exit. A start that waits for something is told by
 * `stopping` to give up, and throws the signal's reason. Exit code 0 after a clean drain or a start given up, 1 for a failed start or drain.
 */
export async function runProcess<Environment extends Setting>(
  options: { name: string; environment: z.ZodType<Environment> },
  start: (environment: Environment, logger: Logger, stopping: AbortSignal) => Promise<Running>,
  host: Host = process,
): Promise<void> {
  const { name } = options;
  let logger = createLogger({ name, level: 'info' });
  const { stopping, cancelTimeout } = listenForStop(name, host, () => logger);
  let exitCode = 0;
  try {
    const environment = parseEnvironment(options.environment, host.env);
    logger = createLogger({ name, level: environment.LOG_LEVEL });
    const running = await start(environment, logger, stopping);
    await stayUntilStopped(running, { name, logger, stopping, host });
    logger.info(`${name} has stopped`);
  } catch (error) {
    exitCode = stopping.aborted && error === stopping.reason ? 0 : 1;
    if (exitCode === 0) logger.info(`${name} has stopped before it was ready`);
    else logger.fatal({ err: error }, stopping.aborted ? `${name} could not drain` : `${name} could not start`);
  }
  cancelTimeout();
  host.exit(exitCode);
}

async function stayUntilStopped(
  running: Running,
  { name, logger, stopping, host }: { name: string; logger: Logger; stopping: AbortSignal; host: Host },
): Promise<void> {
  if (!stopping.aborted) {
    logger.info({ url: running.url }, `${name} is ready`);
    host.send?.({ ready: true, url: running.url ?? null });
    await once(stopping, 'abort');
  }
  await running.close();
}

/** From the first request to stop on, the process has so long to be gone. */
function listenForStop(
  name: string,
  host: Host,
  logger: () => Logger,
): { stopping: AbortSignal; cancelTimeout: () => void } {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const request = (reason: string): void => {
    if (stop.signal.aborted) return;
    logger().info({ reason }, `${name} is draining`);
    timer = setTimeout(() => {
      const error = new ProcessError('drain_timed_out', `${name} did not drain in ${drainTimeoutMs} ms`);
      logger().fatal({ err: error }, 'exiting');
      host.exit(1);
    }, drainTimeoutMs);
    stop.abort(new ProcessError('stopped', reason));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => request(signal));
  const goneReason = 'the parent process is gone';
  host.on('disconnect', () => request(goneReason));
  // A parent that died while this process was loading said so before anybody listened.
  if (host.connected === false) request(goneReason);
  host.on('unhandledRejection', (error) => {
    logger().fatal({ err: error }, 'unhandled rejection');
    host.exit(1);
  });
  return { stopping: stop.signal, cancelTimeout: () => clearTimeout(timer) };
}
