import { ProcessError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface Running {
  /** Base URL of the front door, for the parent that started this process; absent where there is none. */
  url?: string;
  /** Stops taking work, finishes what is under way, releases what is held. */
  close: () => Promise<void>;
}

const drainTimeoutMs = 25_000;

/**
 * The whole life of a process: start, tell a parent (over Node's IPC) that it is ready, run until SIGTERM, SIGINT or the
 * loss of that parent, drain for at most 25 s, exit. Exit code 0 after a clean drain, 1 for a failed start or drain.
 */
export async function runProcess(name: string, logger: Logger, start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    logger.fatal({ err: error }, `${name} could not start`);
    process.exit(1);
  }
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, `${name} is draining`);
    const timer = setTimeout(() => {
      logger.fatal({ err: new ProcessError('drain_timed_out', `${name} did not drain in ${drainTimeoutMs} ms`) }, 'exiting');
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
  logger.info({ url: running.url }, `${name} is ready`);
  process.send?.({ ready: true, url: running.url ?? null });
}
