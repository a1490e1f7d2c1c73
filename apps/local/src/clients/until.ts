import { setTimeout as sleep } from 'node:timers/promises';

/** A condition did not come true in time. */
export class TooLate extends Error {
  readonly code = 'too_late';
  readonly level = 'error';
}

export interface Patience {
  timeoutMs?: number;
  /** How long it waits between two looks, once it has waited a while: every look costs those who are looked at. */
  everyMs?: number;
  /** Errors after which looking again makes no sense: they are thrown at once. */
  stopAt?: (error: unknown) => boolean;
}

/**
 * Looks again and again until `look` finds something, and returns that. A look that throws is one that found nothing
 * yet; the last such error is the cause.
 * @throws TooLate after `timeoutMs`
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false>,
  { timeoutMs = 60_000, everyMs = 250, stopAt }: Patience = {},
): Promise<Found> {
  const end = Date.now() + timeoutMs;
  let pauseMs = Math.min(everyMs, 100);
  let cause: unknown;
  do {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      if (stopAt?.(error) === true) throw error;
      cause = error;
    }
    await sleep(pauseMs);
    pauseMs = Math.min(everyMs, pauseMs * 1.5);
  } while (Date.now() < end);
  throw new TooLate(`${what}: not within ${timeoutMs / 1_000} s`, { cause });
}
