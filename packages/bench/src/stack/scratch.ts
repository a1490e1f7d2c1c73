import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';

/** Undoes the start of the parts of a measurement, the last one first. */
export interface CleanUps {
  add: (cleanUp: () => Promise<unknown>) => void;
}

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
  try {
    return await measure(dir, { add: (cleanUp) => void cleanUps.push(cleanUp) });
  } finally {
    while (cleanUps.length > 0) await cleanUps.pop()?.();
    if (process.env['KEYCOURIER_KEEP_BENCH'] === undefined) await removeThrowawayDir(dir);
  }
}
