import type { ConnectorError } from '../ports/errors.ts';

const shortestMs = 500;
const longestMs = 5 * 60_000;

/**
 * The retry backoff of steps: 0.5 s, doubling up to five minutes, with up to a quarter of jitter so that many jobs do not
 * retry at once. Retries below a step are settings of libraries: `retryDelayMs` in connectors/resilience.ts (a read within
 * one attempt), `thrownJobRetry` in queues/backend.ts (a job that threw), `storeRetry` in worker/wait-for.ts (start-up).
 */
export function backoffMs(attempt: number): number {
  const base = Math.min(shortestMs * 2 ** Math.min(attempt - 1, 12), longestMs);
  return Math.round(base * (1 + Math.random() / 4));
}

/** When a step whose call failed is retried: after as long as the service asked for, else after the backoff. */
export function retryAfterMs(error: ConnectorError, attempt: number, atMostMs = Number.POSITIVE_INFINITY): number {
  return Math.max(error.retryAfterMs ?? Math.min(backoffMs(attempt), atMostMs), 250);
}
