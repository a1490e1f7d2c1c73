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
  /** Concurrent calls of one tenant to one service. */
  maxConcurrent: number;
  /** Further calls that wait for one of these to end; the next one is rejected. */
  maxWaiting: number;
  /**
   * Unanswered calls in a row that open the tenant's circuit breaker for `openMs`. It must be no longer than the time between
   * two tries of what waits for the service: a try that is not sent finds nothing out.
   */
  breakAfter: number;
  openMs: number;
  /** Delay before a read is retried, jittered and growing. */
  retryDelayMs: number;
  /** The service answered a call of the tenant, and did not refuse its credentials. */
  onAnswered: (tenant: string) => void;
  /** The service answered 429 to a call of the tenant, and named a time. */
  onLimited: (tenant: string, retryAfterMs: number) => void;
  /** Gets what closes the circuit breakers. */
  onGuard: (guard: Breakers) => void;
}

export const standardResilience: ResilienceOptions = {
  maxConcurrent: 4,
  // Of the 8 steps that may be in flight, the 8 of the tenant's hub, and the 8 events that are decided at once, those that 4
  // calls leave to wait.
  maxWaiting: 20,
  breakAfter: 5,
  openMs: 5_000,
  retryDelayMs: 200,
  onAnswered: () => undefined,
  onLimited: () => undefined,
  onGuard: () => undefined,
};

/**
 * - `read`: an idempotent read, retried at most twice when it was unanswered or could not be sent.
 * - `effect`: sent once. The step decides whether to send it again (invariant 2).
 *
 * Both reject a call that is then certainly not sent: with `rate_limited` when the tenant has too many concurrent calls,
 * and with `unreachable` when its circuit breaker is open.
 */
export type Kind = 'read' | 'effect';

export type Guard = <Result>(tenant: string, kind: Kind, call: () => Promise<Result>) => Promise<Result>;

export interface Breakers {
  /** Closes the tenant's circuit breaker: another process found that the service answers. */
  close: (tenant: string) => void;
}

interface Policies {
  read: IPolicy;
  effect: IPolicy;
  openLeftMs: () => number;
}

/** Keeps one tenant's hanging service from blocking the worker: every tenant has its own bulkhead and circuit breaker. */
export function createGuard(service: Service, options: Partial<ResilienceOptions> = {}): Guard & Breakers {
  const settings = { ...standardResilience, ...options };
  const tenants = new Map<string, Policies>();
  const guard = async <Result>(tenant: string, kind: Kind, call: () => Promise<Result>): Promise<Result> => {
    const policies = tenants.get(tenant) ?? createPolicies(settings);
    tenants.set(tenant, policies);
    try {
      const result = await policies[kind].execute(call);
      settings.onAnswered(tenant);
      return result;
    } catch (error) {
      if (isAnswer(error)) settings.onAnswered(tenant);
      if (error instanceof ConnectorError && error.status === 429 && error.retryAfterMs !== null)
        settings.onLimited(tenant, error.retryAfterMs);
      if (error instanceof Error && isBrokenCircuitError(error))
        throw new ConnectorError({ service, fault: 'unreachable' }, brokenCircuit, {
          retryAfterMs: policies.openLeftMs(),
        });
      if (error instanceof Error && isBulkheadRejectedError(error))
        throw new ConnectorError({ service, fault: 'rate_limited' }, 'has too many concurrent calls', {
          retryAfterMs: randomInt(500, 1_500),
        });
      throw error;
    }
  };
  const made = Object.assign(guard, { close: (tenant: string) => void tenants.delete(tenant) });
  settings.onGuard(made);
  return made;
}

const brokenCircuit = 'has an open circuit breaker after too many unanswered calls';

/** A definite answer to the request: the service is there, and knows the tenant. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ConnectorError && (error.fault === 'refused' || error.fault === 'not_found');

function createPolicies(settings: ResilienceOptions): Policies {
  const unanswered = handleWhen(isUnanswered);
  const breaker = circuitBreaker(unanswered, {
    breaker: new ConsecutiveBreaker(settings.breakAfter),
    halfOpenAfter: settings.openMs,
  });
  let openSince = 0;
  breaker.onBreak(() => {
    openSince = Date.now();
  });
  // The bulkhead is outside: while the half-open breaker tries one call, the calls that wait for it count too.
  const once = wrap(bulkhead(settings.maxConcurrent, settings.maxWaiting), breaker);
  const again = retry(unanswered, {
    maxAttempts: 2,
    backoff: new ExponentialBackoff({ initialDelay: settings.retryDelayMs, maxDelay: settings.retryDelayMs * 10 }),
  });
  return {
    effect: once,
    read: wrap(again, once),
    openLeftMs: () => Math.max(0, openSince + settings.openMs - Date.now()),
  };
}

function isUnanswered(error: Error): boolean {
  return error instanceof ConnectorError && (error.fault === 'outcome_unknown' || error.fault === 'unreachable');
}
