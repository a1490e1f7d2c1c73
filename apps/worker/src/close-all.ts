import { endsWithin } from '@keycourier/runtime/ends-within';
import type { Logger } from '@keycourier/runtime/logger';

/** In all, less than the 25 s of a process. Three connections close after the jobs. */
export const drainLimits = { jobsMs: 18_000, connectionMs: 2_000 } as const;

/** A part of the process that was started. */
export interface Part {
  name: string;
  limitMs: number;
  close: () => Promise<unknown>;
}

/**
 * Closes the parts, the last first. One that does not end in time, because its store is frozen, is left: a job that it
 * still runs goes to another worker once its lease has expired.
 */
export async function closeAll(parts: readonly Part[], logger: Logger): Promise<void> {
  for (const { name, limitMs, close } of parts.toReversed())
    if (!(await endsWithin(limitMs, close())))
      logger.warn({ part: name, limitMs }, 'did not end in time and is left as it is');
}
