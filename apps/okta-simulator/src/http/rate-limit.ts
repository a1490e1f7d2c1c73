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

/** One bucket per minute for each group of paths. A changed limit resets all buckets. */
export function limitRate(settings: Settings): RequestHandler {
  let limiter = new RateLimiterMemory({ points: settings.current().rateLimitPerMinute, duration: 60 });
  return async (request, response, next) => {
    const limit = settings.current().rateLimitPerMinute;
    if (limiter.points !== limit) limiter = new RateLimiterMemory({ points: limit, duration: 60 });
    try {
      const left = await limiter.consume(bucketOf(request.path));
      setHeaders(response, { limit, remaining: left.remainingPoints, resetMs: Date.now() + left.msBeforeNext });
      next();
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      setHeaders(response, { limit, remaining: 0, resetMs: Date.now() + refused.msBeforeNext });
      next(new OktaError('E0000047'));
    }
  };
}
