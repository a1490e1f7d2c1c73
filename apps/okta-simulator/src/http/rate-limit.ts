import type { RequestHandler, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import type { Settings } from '../store/settings.ts';
import { OktaError } from './errors.ts';

function setHeaders(response: Response, limit: number, remaining: number, resetMs: number): void {
  response.setHeader('X-Rate-Limit-Limit', limit);
  response.setHeader('X-Rate-Limit-Remaining', remaining);
  response.setHeader('X-Rate-Limit-Reset', Math.ceil(resetMs / 1_000));
}

/**
 * What an answer carries that is given before any bucket is asked, as a 429 for too many concurrent requests is: limit
 * and remaining 0, and a reset that is only a guess.
 */
export const guessRateLimit: RequestHandler = (_request, response, next) => {
  setHeaders(response, 0, 0, Date.now() + 1_000);
  next();
};

/** `/api/v1/users/00u…` counts in the bucket `/api/v1/users`. */
function bucketOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('/api/v1/') ? 4 : 2)
    .join('/');
}

/** One bucket a minute for each family of paths. A changed limit starts all buckets anew. */
export function limitRate(settings: Settings): RequestHandler {
  let limiter = new RateLimiterMemory({ points: settings.current().rateLimitPerMinute, duration: 60 });
  return async (request, response, next) => {
    const limit = settings.current().rateLimitPerMinute;
    if (limiter.points !== limit) limiter = new RateLimiterMemory({ points: limit, duration: 60 });
    try {
      const left = await limiter.consume(bucketOf(request.path));
      setHeaders(response, limit, left.remainingPoints, Date.now() + left.msBeforeNext);
      next();
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      setHeaders(response, limit, 0, Date.now() + refused.msBeforeNext);
      next(new OktaError('E0000047'));
    }
  };
}
