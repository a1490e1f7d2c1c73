import { setTimeout } from 'node:timers/promises';

import { runSomeInBulk, type BulkWorker } from '@keycourier/operations/bulk/run-some';

import { startDrain } from './drain.ts';

interface Options extends BulkWorker {
  lookEveryMs?: number;
  onError: (error: unknown) => void;
}

/**
 * Checks and applies actions on filters, some shipments of one tenant at a time. It rests for as long as each part took, so
 * that thousands of shipments leave half of one connection's time to others. Any number of workers may do it.
 */
export function startBulkActions(options: Options): { wake: () => void; close: () => Promise<void> } {
  const { onError, lookEveryMs, ...worker } = options;
  const closing = new AbortController();
  const runSome = async (): Promise<boolean> => {
    const startedAtMs = performance.now();
    const isMore = await runSomeInBulk(worker);
    if (isMore)
      await setTimeout(performance.now() - startedAtMs, null, { signal: closing.signal }).catch(() => undefined);
    return isMore;
  };
  const drain = startDrain(runSome, { onError, lookEveryMs });
  return {
    wake: drain.wake,
    close: async () => {
      closing.abort();
      await drain.close();
    },
  };
}
