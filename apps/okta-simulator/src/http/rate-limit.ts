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
  /** Of one window: a minute, unless the control makes it shorter. */
  limitPerMinute: number;
  calls: number;
  refused: number;
  /** The most calls that one of its windows had, from its first call to its reset. */
  peakPerMinute: number;
}

interface Use {
  calls: number;
  refused: number;
  peak: number;
}

export interface RateLimit {
  limit: RequestHandler;
  uses: () => readonly BucketUse[];
}

/** One bucket per window for each group of paths. A changed limit or window resets its buckets. */
export function createRateLimit(settings: Settings): RateLimit {
  const buckets = new Map<string, { limiter: RateLimiterMemory; use: Use }>();
  const bucketFor = (name: string, limit: number) => {
    const known = buckets.get(name);
    const seconds = settings.current().rateWindowMs / 1_000;
    if (known?.limiter.points === limit && known.limiter.duration === seconds) return known;
    const fresh = {
      limiter: new RateLimiterMemory({ points: limit, duration: seconds }),
      use: { calls: 0, refused: 0, peak: 0 },
    };
    buckets.set(name, fresh);
    return fresh;
  };
  const limit: RequestHandler = async (request, response, next) => {
    const name = bucketOf(request.path);
    const points = limitOf(settings, name);
    const { limiter, use } = bucketFor(name, points);
    try {
      const left = await limiter.consume(name);
      use.calls += 1;
      use.peak = Math.max(use.peak, left.consumedPoints);
      setHeaders(response, { limit: points, remaining: left.remainingPoints, resetMs: Date.now() + left.msBeforeNext });
      next();
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      use.refused += 1;
      setHeaders(response, { limit: points, remaining: 0, resetMs: Date.now() + refused.msBeforeNext });
      next(new OktaError('E0000047'));
    }
  };
  const uses = (): readonly BucketUse[] =>
    [...buckets].map(([bucket, { limiter, use }]) => ({
      bucket,
      limitPerMinute: limiter.points,
      calls: use.calls,
      refused: use.refused,
      peakPerMinute: use.peak,
    }));
  return { limit, uses };
}
