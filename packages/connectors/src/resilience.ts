import { randomInt } from 'node:crypto';

import { ConnectorError, type Service } from '@keycourier/journey/ports/errors';
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  retry,
  wrap,
  type IPolicy,
} from 'cockatiel';

/** Time for one request and its whole answer, where a tenant's settings name none. */
export const standardTimeoutMs = 10_000;

export interface ResilienceOptions {
  /** Calls that one tenant may have under way at one service. */
  maxConcurrent: number;
  /** Further ones that wait for one of these to end; the next is turned away. */
  maxWaiting: number;
  /** Unanswered calls in a row after which a tenant's service is left alone for `restMs`. */
  breakAfter: number;
  restMs: number;
  /** Pause before a read is tried again, jittered and growing. */
  retryDelayMs: number;
}

export const standardResilience: ResilienceOptions = {
  maxConcurrent: 4,
  maxWaiting: 4,
  breakAfter: 5,
  restMs: 10_000,
  retryDelayMs: 200,
};

/**
 * - `read`: an idempotent read, tried again at most twice when it was lost or could not leave.
 * - `effect`: sent once. Whether to send it again is for the rooms to decide (invariant 2).
 *
 * Both turn a call away with `unreachable` when the tenant has too many under way or its service is resting: it surely
 * never left.
 */
export type Kind = 'read' | 'effect';

export type Guard = <Result>(tenant: string, kind: Kind, call: () => Promise<Result>) => Promise<Result>;

interface Policies {
  read: IPolicy;
  effect: IPolicy;
  restLeftMs: () => number;
}

/** Keeps one tenant's hanging service from taking the worker's places: every tenant has a bulkhead and a breaker of its own. */
export function createGuard(service: Service, options: Partial<ResilienceOptions> = {}): Guard {
  const settings = { ...standardResilience, ...options };
  const tenants = new Map<string, Policies>();
  return async (tenant, kind, call) => {
    const policies = tenants.get(tenant) ?? createPolicies(settings);
    tenants.set(tenant, policies);
    try {
      return await policies[kind].execute(call);
    } catch (error) {
      if (error instanceof Error && isBrokenCircuitError(error))
        throw turnedAway(service, 'is resting after too many unanswered calls', policies.restLeftMs());
      if (error instanceof Error && isBulkheadRejectedError(error))
        throw turnedAway(service, 'has too many calls under way', randomInt(500, 1_500));
      throw error;
    }
  };
}

function createPolicies(settings: ResilienceOptions): Policies {
  const unanswered = handleWhen(isUnanswered);
  const breaker = circuitBreaker(unanswered, {
    breaker: new ConsecutiveBreaker(settings.breakAfter),
    halfOpenAfter: settings.restMs,
  });
  let restsSince = 0;
  breaker.onBreak(() => {
    restsSince = Date.now();
  });
  // The bulkhead is outside: while the breaker tries one call, those that wait for its result take places too.
  const once = wrap(bulkhead(settings.maxConcurrent, settings.maxWaiting), breaker);
  const again = retry(unanswered, {
    maxAttempts: 2,
    backoff: new ExponentialBackoff({ initialDelay: settings.retryDelayMs, maxDelay: settings.retryDelayMs * 10 }),
  });
  return {
    effect: once,
    read: wrap(again, once),
    restLeftMs: () => Math.max(0, restsSince + settings.restMs - Date.now()),
  };
}

function isUnanswered(error: Error): boolean {
  return error instanceof ConnectorError && (error.fault === 'outcome_unknown' || error.fault === 'unreachable');
}

function turnedAway(service: Service, why: string, retryAfterMs: number): ConnectorError {
  return new ConnectorError({ service, fault: 'unreachable' }, why, { retryAfterMs });
}
