import { requestIdOf } from '@keycourier/runtime/access-log';
import type { Logger } from '@keycourier/runtime/logger';
import type { RequestHandler } from 'express';

import { pathOf } from '../request-path.ts';
import { operatorOf } from './operator.ts';

/** Logs each change that an operator requests, with the status of the answer. */
export function recordChanges(logger: Logger): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      response.on('finish', () => {
        logger.info(
          {
            operator: operatorOf(response).user,
            method: request.method,
            path: pathOf(request),
            status: response.statusCode,
            requestId: requestIdOf(response),
          },
          'operator requested a change',
        );
      });
    next();
  };
}
