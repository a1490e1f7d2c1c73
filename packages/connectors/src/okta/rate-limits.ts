import { randomInt } from 'node:crypto';

import { ConnectorError } from '@keycourier/journey/ports/errors';
import { keptForOthers, standardRateLimitShare, type Urgency } from '@keycourier/journey/ports/pace';
import { oktaLimitOf, type OktaLimit } from '@keycourier/journey/steps/calls';

import type { HttpAnswer } from '../http/exchange.ts';

interface Bucket {
  limit: number;
  remaining: number;
  resetAtMs: number;
}

/**
 * Keeps a share of each of an org's rate limits for its other callers, since a limit that we use up refuses them too: a call
 * is not sent once the limit's last answer said that only that share remains. Urgent calls may use most of it.
 */
export interface RateLimits {
  /**
   * @returns what learns from the answer
   * @throws ConnectorError `rate_limited` with the time until the limit begins anew: the call was not sent
   */
  check: (org: Org, path: string, caller?: Caller) => (answer: Pick<HttpAnswer, 'headers'>) => void;
}

export interface Org {
  tenant: string;
  share: number | undefined;
}

/** Who makes calls, such as a job: both are read at each call. */
export interface Caller {
  urgency: Urgency;
  /** Okta answered a call that counts in one of its limits. */
  onCall: (call: { tenant: string; limit: OktaLimit }) => void;
}

/** One whose calls are not counted. */
export const anyCaller: Readonly<Caller> = { urgency: 'normal', onCall: () => undefined };

/** What an answer said about a limit of a tenant's org. */
export interface OktaLimitState {
  tenant: string;
  limit: OktaLimit;
  calls: number;
  remaining: number;
  resetsInMs: number;
}

export function createRateLimits(
  nowMs: () => number,
  onAnswer: (state: OktaLimitState) => void = () => undefined,
): RateLimits {
  const buckets = new Map<string, Bucket>();
  return {
    check: ({ tenant, share = standardRateLimitShare }, path, caller = anyCaller) => {
      const key = keyOf(tenant, path);
      const bucket = buckets.get(key);
      if (bucket !== undefined && bucket.resetAtMs > nowMs()) {
        const kept = keptForOthers({ calls: bucket.limit, share }, caller.urgency);
        if (bucket.remaining <= kept) throw leavesShare(bucket.resetAtMs - nowMs());
      }
      return ({ headers }) => {
        const limit = oktaLimitOf(path);
        if (limit !== null) caller.onCall({ tenant, limit });
        const learned = readBucket(headers, nowMs());
        if (learned === null) return;
        buckets.set(key, learned);
        const { limit: calls, remaining, resetAtMs } = learned;
        if (limit !== null) onAnswer({ tenant, limit, calls, remaining, resetsInMs: resetAtMs - nowMs() });
      };
    },
  };
}

function leavesShare(resetsInMs: number): ConnectorError {
  // Not all at the moment when the limit begins anew.
  const retryAfterMs = resetsInMs + randomInt(0, 2_000);
  const message = "leaves the rest of the org's rate limit to its other callers";
  return new ConnectorError({ service: 'okta', fault: 'rate_limited' }, message, { retryAfterMs });
}

const whole = /^\d+$/;
const longestWindowMs = 3_600_000;

function readBucket(headers: HttpAnswer['headers'], nowMs: number): Bucket | null {
  const [limit = '', remaining = '', reset = ''] = ['limit', 'remaining', 'reset'].map(
    (name) => headers[`x-rate-limit-${name}`],
  );
  // A limit of 0 is that of concurrent requests, which says nothing about this one.
  if (![limit, remaining, reset].every((text) => whole.test(text)) || Number(limit) === 0) return null;
  // Relative to the answer's own clock, which may not be ours.
  const answeredAtMs = Date.parse(headers['date'] ?? '');
  const leftMs = Number(reset) * 1_000 - (Number.isNaN(answeredAtMs) ? nowMs : answeredAtMs);
  const resetAtMs = nowMs + Math.min(Math.max(leftMs, 0) + 1_000, longestWindowMs);
  return { limit: Number(limit), remaining: Number(remaining), resetAtMs };
}

/** Okta limits by kind of path: the path without its ids and logins. */
function keyOf(tenant: string, path: string): string {
  const [pathname = ''] = path.split('?', 1);
  const kind = pathname.split('/').map((segment) => (/^(?:v\d+|[a-zA-Z-]*)$/.test(segment) ? segment : '*'));
  return `${tenant} ${kind.join('/')}`;
}
