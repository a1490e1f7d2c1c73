import { LedgerError } from '@keycourier/ledger/errors';
import { QueueStoreError } from '@keycourier/queues/errors';
import type { Logger } from '@keycourier/runtime/logger';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { DatabaseError } from 'pg';

const backoff = { initialDelay: 100, maxDelay: 3_000 };

/**
 * Does what needs a store, and does it again, every three seconds at last, for as long as the store is away.
 * @throws what `attempt` throws for any other reason; the reason of `stopping` once that has come
 */
export async function waitFor<Result>(
  store: string,
  attempt: () => Promise<Result>,
  { stopping, logger }: { stopping: AbortSignal; logger: Logger },
): Promise<Result> {
  const policy = retry(
    handleWhen((error) => !stopping.aborted && isAway(error)),
    { backoff: new ExponentialBackoff(backoff) },
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

/** Postgres' classes of errors for a connection that failed, too many of them, and a server that starts or stops. */
const passingClasses = /^(08|53|57)/;

/** A server that answers with a refusal is there; whatever else keeps it from answering is the network's, and passes. */
function isAway(error: Error): boolean {
  if (error instanceof LedgerError || error instanceof QueueStoreError) return false;
  return !(error instanceof DatabaseError) || passingClasses.test(error.code ?? '');
}
