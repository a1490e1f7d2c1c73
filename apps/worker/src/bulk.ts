import { takeBulkTurn, type BulkWorker } from '@keycourier/operations/bulk/take-turn';

/** While there is nothing to do. The look is one query by an index of what is under way. */
const lookEveryMs = 1_000;

/** After a failure of the database. */
const againAfterMs = 5_000;

/**
 * Rehearses and applies actions on filters, some shipments of one tenant at a time. It rests for as long as each turn took, so
 * that thousands of shipments leave half of one connection's time to others.
 */
export function startBulkActions({ onError, ...worker }: BulkWorker & { onError: (error: unknown) => void }): {
  close: () => Promise<void>;
} {
  let isClosing = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const take = async (): Promise<number> => {
    const startedAtMs = performance.now();
    try {
      return (await takeBulkTurn(worker)) ? performance.now() - startedAtMs : lookEveryMs;
    } catch (error) {
      onError(error);
      return againAfterMs;
    }
  };
  const takeLater = (afterMs: number): void => {
    timer = setTimeout(() => {
      running = take().then((restMs) => {
        if (!isClosing) takeLater(restMs);
      });
    }, afterMs);
  };
  takeLater(0);
  return {
    close: async () => {
      isClosing = true;
      clearTimeout(timer);
      await running;
    },
  };
}
