import { LedgerError } from '@keycourier/ledger/errors';
import { QueueStoreError } from '@keycourier/queues/errors';
import type { Logger } from '@keycourier/runtime/logger';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { DatabaseError } from 'pg';

/** The backoff while a store is away at the start. Steps have their own, in journey/steps/backoff.ts. */
const storeRetry = { initialDelay: 100, maxDelay: 3_000 };

/**
 * Runs `attempt`, which needs a store, and retries it for as long as the store is away.
 * @throws any other error of `attempt`; the reason of `stopping` once it is aborted
 */
export async function waitFor<Result>(
  store: string,
  attempt: () => Promise<Result>,
  { stopping, logger }: { stopping: AbortSignal; logger: Logger },
): Promise<Result> {
  const policy = retry(
    handleWhen((error) => !stopping.aborted && isAway(error)),
    { backoff: new ExponentialBackoff(storeRetry) },
  );
  policy.onRetry((failure) => {
    logger.warn({ store, err: 'error' in failure ? failure.error : undefined }, 'waiting for a store that is away');
  });
  try {
    return await policy.execute(() => {
      stopping.throwIfAborted();
      return attempt();
    });
  } catch (error) {
    stopping.throwIfAborted();
    throw error;
  }
}

/** Postgres' errors for failed connections, too many connections, a server that starts or stops, and a lock not granted in time. */
const transientClasses = /^(08|53|57|55P03)/;

/** A server that refuses is there; any other failure is the network's, and may pass. */
function isAway(error: Error): boolean {
  if (error instanceof LedgerError || error instanceof QueueStoreError) return false;
  return !(error instanceof DatabaseError) || transientClasses.test(error.code ?? '');
}
