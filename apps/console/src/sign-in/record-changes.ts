import type { Logger } from '@keycourier/runtime/logger';
import type { RequestHandler } from 'express';

import { pathOf } from '../requested.ts';

/** Who changed what: a line for each change an operator asked for, with how it was answered. */
export function recordChanges(logger: Logger): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      response.on('finish', () => {
        logger.info(
          {
            operator: response.locals['operator'],
            method: request.method,
            path: pathOf(request),
            status: response.statusCode,
          },
          'an operator asked for a change',
        );
      });
    next();
  };
}
