import { setTimeout as sleep } from 'node:timers/promises';

/** A condition did not become true in time. */
export class WaitTimeoutError extends Error {
  readonly code = 'wait_timeout';
  readonly level = 'error';
}

export interface WaitOptions {
  timeoutMs?: number;
  /** The longest pause between two reads; the first pauses are shorter. */
  everyMs?: number;
  /** Errors that make further reads pointless are thrown at once. */
  stopAt?: (error: unknown) => boolean;
}

/**
 * Reads until there is a value, and returns it. An error of `read` counts as no value; the last one is the cause of the
 * timeout.
 * @throws WaitTimeoutError after `timeoutMs`
 */
export async function waitUntil<Value>(
  what: string,
  read: () => Promise<Value | null | undefined | false>,
  { timeoutMs = 240_000, everyMs = 250, stopAt }: WaitOptions = {},
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  let pauseMs = Math.min(everyMs, 100);
  let cause: unknown;
  do {
    try {
      const value = await read();
      if (value !== null && value !== undefined && value !== false) return value;
    } catch (error) {
      if (stopAt?.(error) === true) throw error;
      cause = error;
    }
    await sleep(pauseMs);
    pauseMs = Math.min(everyMs, pauseMs * 1.5);
  } while (Date.now() < end);
  throw new WaitTimeoutError(`${what}: not within ${timeoutMs / 1_000} s`, { cause });
}
