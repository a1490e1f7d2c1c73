import type { WriteLine } from './flood-log.ts';
import type { ReadyCheck } from './probes.ts';

export interface OutageLog {
  /** Something that needs the store failed. */
  failed: (error: unknown) => void;
  /** Stops looking whether the store is back. */
  close: () => void;
}

interface Options {
  /** As the log names it: `database`. */
  store: string;
  logger: Readonly<Record<'warn' | 'info', WriteLine>>;
  /** Whether it answers now. One that throws has failed. */
  check: ReadyCheck;
  everyMs?: number;
}

/**
 * One line when a store becomes unreachable and one when it answers again, however much fails in between. A failure while it
 * answers, as of a statement that took too long, is a line of its own.
 */
export function createOutageLog({ store, logger, check, everyMs = 1_000 }: Options): OutageLog {
  let state: 'reachable' | 'checking' | 'away' = 'reachable';
  let timer: NodeJS.Timeout | undefined;
  let awaySinceMs = 0;
  let failures = 0;

  const answers = (): Promise<boolean> => check().catch(() => false);
  const lookAgain = async (): Promise<void> => {
    if (!(await answers())) {
      waitForIt();
      return;
    }
    state = 'reachable';
    logger.info({ store, awayMs: Date.now() - awaySinceMs, failures }, 'a store answers again');
  };
  const waitForIt = (): void => {
    timer = setTimeout(() => void lookAgain(), everyMs).unref();
  };
  const judge = async (error: unknown): Promise<void> => {
    if (await answers()) {
      state = 'reachable';
      logger.warn({ store, err: error }, 'a statement or a connection failed');
      return;
    }
    state = 'away';
    logger.warn({ store, err: error }, 'a store does not answer');
    waitForIt();
  };

  return {
    failed: (error) => {
      failures = state === 'reachable' ? 1 : failures + 1;
      if (state !== 'reachable') return;
      state = 'checking';
      awaySinceMs = Date.now();
      void judge(error);
    },
    close: () => clearTimeout(timer),
  };
}
