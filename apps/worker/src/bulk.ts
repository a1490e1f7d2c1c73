import { setTimeout } from 'node:timers/promises';

import { runSomeInBulk, type BulkWorker } from '@keycourier/operations/bulk/run-some';

import { createDrain } from './drain.ts';

/** Until the next look without a notification: one was lost, or the worker that had the action is gone. */
const standardLookEveryMs = 30_000;

interface Options extends BulkWorker {
  lookEveryMs?: number;
  onError: (error: unknown) => void;
}

/**
 * Checks and applies actions on filters, some shipments of one tenant at a time. It rests for as long as each part took, so
 * that thousands of shipments leave half of one connection's time to others. Any number of workers may do it.
 */
export function startBulkActions(options: Options): { wake: () => void; close: () => Promise<void> } {
  const { onError, lookEveryMs = standardLookEveryMs, ...worker } = options;
  const closing = new AbortController();
  const runSome = async (): Promise<boolean> => {
    const startedAtMs = performance.now();
    const isMore = await runSomeInBulk(worker);
    if (isMore)
      await setTimeout(performance.now() - startedAtMs, null, { signal: closing.signal }).catch(() => undefined);
    return isMore;
  };
  const drain = createDrain(runSome, onError);
  const timer = setInterval(drain.wake, lookEveryMs);
  drain.wake();
  return {
    wake: drain.wake,
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await drain.close();
    },
  };
}
