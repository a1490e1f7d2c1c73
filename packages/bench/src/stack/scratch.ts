import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';

/** Undoes the start of the parts of a measurement, the last one first. */
export interface CleanUps {
  add: (cleanUp: () => Promise<unknown>) => void;
}

/** How to end each measurement that is running. */
const running = new Set<() => Promise<void>>();

/**
 * Runs a measurement in a new folder on the disk (never in memory: commits wait for the disk), and stops what it started,
 * however it ends. With KEYCOURIER_KEEP_BENCH the folder stays, for its logs.
 */
export async function withScratch<Result>(
  measure: (dir: string, cleanUps: CleanUps) => Promise<Result>,
): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
  // Root's Postgres runs as another user, who must be able to enter.
  await chmod(dir, 0o755);
  const cleanUps: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    running.delete(end);
    while (cleanUps.length > 0) await cleanUps.pop()?.();
    if (process.env['KEYCOURIER_KEEP_BENCH'] === undefined) await removeThrowawayDir(dir);
  };
  running.add(end);
  try {
    return await measure(dir, { add: (cleanUp) => void cleanUps.push(cleanUp) });
  } finally {
    await end();
  }
}

/** Ends the measurements that are running, which then fail. */
export const stopAll = async (): Promise<void> => void (await Promise.allSettled([...running].map((end) => end())));

/** Stops what is running and exits: the time is up, or the bench is interrupted. */
export async function stopAndExit(code: number): Promise<never> {
  await stopAll();
  process.exit(code);
}
