import { once } from 'node:events';

import type { z } from 'zod';

import { parseEnvironment } from './environment.ts';
import { ProcessError } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';

export interface Running {
  /** Base URL, for the parent that started this process; absent for a process without one. */
  url?: string;
  /** Stops accepting work, finishes current work, and releases resources. */
  close: () => Promise<void>;
}

/** The used members of Node's own `process`. */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  on: {
    (event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
    (event: 'disconnect', listener: () => void): unknown;
    (event: 'unhandledRejection', listener: (error: unknown) => void): unknown;
  };
  exit: (code: number) => void;
  /** False once the parent's IPC channel is closed; absent without a channel. */
  connected?: boolean | undefined;
  send?: ((message: { ready: true; url: string | null }) => unknown) | undefined;
}

const drainTimeoutMs = 25_000;

interface Setting {
  LOG_LEVEL: string;
}

/**
 * Runs a process: parses the environment, starts, reports to its parent (over Node's IPC) that it is ready, runs until
 * SIGTERM, SIGINT or the parent's exit, drains for at most 25 s, and exits. `stopping` aborts a start that still waits,
 * which then throws the signal's reason. Exit code: 0 after a clean drain or an aborted start, 1 after a failed one.
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
    logger.info(`${name} stopped`);
  } catch (error) {
    exitCode = stopping.aborted && error === stopping.reason ? 0 : 1;
    if (exitCode === 0) logger.info(`${name} stopped before it was ready`);
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

/** The first request to stop starts the drain timeout. */
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
  // A parent that exited while this process was loading disconnected before this listener was added.
  if (host.connected === false) request(goneReason);
  host.on('unhandledRejection', (error) => {
    logger().fatal({ err: error }, 'unhandled rejection');
    host.exit(1);
  });
  return { stopping: stop.signal, cancelTimeout: () => clearTimeout(timer) };
}
