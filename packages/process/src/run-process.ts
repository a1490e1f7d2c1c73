import type { z } from 'zod';

import { parseEnvironment } from './environment.ts';
import { ProcessError } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';

export interface Running {
  /** Base URL of the front door, for the parent that started this process; absent where there is none. */
  url?: string;
  /** Stops taking work, finishes what is under way, releases what is held. */
  close: () => Promise<void>;
}

const drainTimeoutMs = 25_000;

interface Setting {
  LOG_LEVEL: string;
}

/**
 * The whole life of a process: parse the environment, start, tell a parent (over Node's IPC) that it is ready, run until
 * SIGTERM, SIGINT or the loss of that parent, drain for at most 25 s, exit. Exit code 0 after a clean drain, 1 for a
 * failed start or drain.
 */
export async function runProcess<Environment extends Setting>(
  options: { name: string; environment: z.ZodType<Environment> },
  start: (environment: Environment, logger: Logger) => Promise<Running>,
): Promise<void> {
  const { name } = options;
  let logger = createLogger({ name, level: 'info' });
  let running: Running;
  try {
    // The one place where a process reads its environment; everything else is handed what it needs.
    // oxlint-disable-next-line node/no-process-env
    const environment = parseEnvironment(options.environment, process.env);
    logger = createLogger({ name, level: environment.LOG_LEVEL });
    running = await start(environment, logger);
  } catch (error) {
    logger.fatal({ err: error }, `${name} could not start`);
    process.exit(1);
  }
  stayUntilStopped(name, logger, running);
  logger.info({ url: running.url }, `${name} is ready`);
  process.send?.({ ready: true, url: running.url ?? null });
}

function stayUntilStopped(name: string, logger: Logger, running: Running): void {
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, `${name} is draining`);
    const timer = setTimeout(() => {
      const error = new ProcessError('drain_timed_out', `${name} did not drain in ${drainTimeoutMs} ms`);
      logger.fatal({ err: error }, 'exiting');
      process.exit(1);
    }, drainTimeoutMs);
    running.close().then(
      () => {
        clearTimeout(timer);
        logger.info(`${name} has stopped`);
        process.exit(0);
      },
      (error: unknown) => {
        logger.fatal({ err: error }, `${name} could not drain`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('the parent process is gone'));
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection');
    process.exit(1);
  });
}
