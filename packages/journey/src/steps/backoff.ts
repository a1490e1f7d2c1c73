import type { ConnectorError } from '../ports/errors.ts';
import type { StepFailure } from '../ports/ledger.ts';

const shortestMs = 500;
const longestMs = 5 * 60_000;

/** After 429 without a time: limits of calls mostly end within a minute. */
const longestLimitMs = 30_000;

/**
 * The retry backoff of steps: 0.5 s, doubling up to five minutes, with up to a quarter of jitter so that many jobs do not
 * retry at once. Retries below a step are settings of libraries: `retryDelayMs` in connectors/resilience.ts (a read within
 * one attempt), `thrownJobRetry` in queues/backend.ts (a job that threw), `storeRetry` in worker/wait-for.ts (start-up).
 */
export function backoffMs(failure: number): number {
  const base = Math.min(shortestMs * 2 ** Math.min(failure - 1, 12), longestMs);
  return Math.round(base * (1 + Math.random() / 4));
}

/** When a step whose call failed is retried: after as long as the service asked for, else after the backoff of its `failure`th failure in a row. */
export function retryAfterMs(error: ConnectorError, failure: number, atMostMs = Number.POSITIVE_INFINITY): number {
  const limitMs = error.status === 429 ? longestLimitMs * (1 + Math.random() / 4) : Number.POSITIVE_INFINITY;
  return Math.max(error.retryAfterMs ?? Math.round(Math.min(backoffMs(failure), limitMs, atMostMs)), 250);
}

/**
 * Failed attempts in a row. At the backoff that is about an hour, and then a day; ten minutes, and then three hours, where
 * the service answers 429 without a time.
 */
const alarmAfter = { first: 20, again: 288 };

/** Whether so many failures in a row are worth an alarm. */
export const isAlarming = (failures: number): boolean =>
  failures >= alarmAfter.first && (failures - alarmAfter.first) % alarmAfter.again === 0;

/** What is remembered of a failed call. Nothing waits for the return of a service that answered. */
export function failureOf(error: ConnectorError): StepFailure {
  const isRefusal = error.fault === 'unauthorized';
  // A service that answers "not now" is there; perhaps it means this user alone, as a full mailbox does.
  const isAway = isRefusal || error.fault === 'unreachable' || error.fault === 'outcome_unknown';
  return { waitsFor: isAway ? error.service : null, isRefusal, isCounted: error.retryAfterMs === null };
}
