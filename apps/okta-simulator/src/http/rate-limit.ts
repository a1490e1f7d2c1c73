import type { RequestHandler, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import type { Settings } from '../store/settings.ts';
import { OktaError } from './errors.ts';

interface Bucket {
  limit: number;
  remaining: number;
  resetMs: number;
}

function setHeaders(response: Response, { limit, remaining, resetMs }: Bucket): void {
  response.setHeader('X-Rate-Limit-Limit', limit);
  response.setHeader('X-Rate-Limit-Remaining', remaining);
  response.setHeader('X-Rate-Limit-Reset', Math.ceil(resetMs / 1_000));
}

/**
 * The headers of a response that is sent before the rate limit is checked, such as a 429 for too many concurrent
 * requests: limit and remaining are 0, and the reset time is an estimate.
 */
export const estimateRateLimit: RequestHandler = (_request, response, next) => {
  setHeaders(response, { limit: 0, remaining: 0, resetMs: Date.now() + 1_000 });
  next();
};

/** `/api/v1/users/00u…` counts in the bucket `/api/v1/users`. */
function bucketOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('/api/v1/') ? 4 : 2)
    .join('/');
}

const logBucket = '/api/v1/logs';

function limitOf(settings: Settings, bucket: string): number {
  const { logLimitPerMinute, rateLimitPerMinute } = settings.current();
  return bucket === logBucket ? (logLimitPerMinute ?? rateLimitPerMinute) : rateLimitPerMinute;
}

/** How a bucket was used since the start or the last change of its limit. */
export interface BucketUse {
  bucket: string;
  limitPerMinute: number;
  calls: number;
  refused: number;
  /** The most calls in any 60 seconds. */
  peakPerMinute: number;
}

export interface RateLimit {
  limit: RequestHandler;
  uses: () => readonly BucketUse[];
}

/** One bucket per minute for each group of paths. A changed limit resets its buckets. */
export function createRateLimit(settings: Settings): RateLimit {
  const buckets = new Map<string, { limiter: RateLimiterMemory; counter: CallCounter }>();
  const bucketFor = (name: string, limit: number) => {
    const known = buckets.get(name);
    if (known?.limiter.points === limit) return known;
    const fresh = { limiter: new RateLimiterMemory({ points: limit, duration: 60 }), counter: new CallCounter() };
    buckets.set(name, fresh);
    return fresh;
  };
  const limit: RequestHandler = async (request, response, next) => {
    const name = bucketOf(request.path);
    const points = limitOf(settings, name);
    const { counter, limiter } = bucketFor(name, points);
    try {
      const left = await limiter.consume(name);
      counter.add(Date.now());
      setHeaders(response, { limit: points, remaining: left.remainingPoints, resetMs: Date.now() + left.msBeforeNext });
      next();
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      counter.refused += 1;
      setHeaders(response, { limit: points, remaining: 0, resetMs: Date.now() + refused.msBeforeNext });
      next(new OktaError('E0000047'));
    }
  };
  const uses = (): readonly BucketUse[] =>
    [...buckets].map(([bucket, { counter, limiter }]) => ({
      bucket,
      limitPerMinute: limiter.points,
      calls: counter.calls,
      refused: counter.refused,
      peakPerMinute: counter.peak,
    }));
  return { limit, uses };
}

/** Holds the times of the last minute alone, at most as many as the limit allows. */
class CallCounter {
  calls = 0;
  refused = 0;
  peak = 0;
  private recent: number[] = [];

  add(nowMs: number): void {
    this.calls += 1;
    this.recent = this.recent.filter((atMs) => atMs > nowMs - 60_000);
    this.recent.push(nowMs);
    this.peak = Math.max(this.peak, this.recent.length);
  }
}
