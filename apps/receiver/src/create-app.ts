import { requestIdOf } from '@keycourier/runtime/access-log';
import { probes } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';

import type { Context } from './context.ts';
import { receiveDelivery } from './hooks/receive-delivery.ts';
import { verifyHook } from './hooks/verify-hook.ts';
import { problem, send } from './http/answer.ts';

const mebibyte = 1024 * 1024;
const hook = '/okta/hooks/:tenant';

/**
 * The receiver's routes. The hook's path runs no middleware that it does not need. Forwarded client addresses are accepted
 * from `trustedProxies` only, in Express's notation.
 */
export function createApp(context: Context, trustedProxies: readonly string[] = []): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', [...trustedProxies]);
  app.use(context.accessLog.middleware);
  app.post(hook, admit(context), express.raw({ limit: 5 * mebibyte, type: () => true }), deliver(context));
  app.get(hook, (request, response) => {
    send(response, verifyHook(request.get('x-okta-verification-challenge')));
  });
  app.all(hook, (_request, response) => {
    send(response, problem(405, 'Okta verifies a hook with GET and delivers with POST.', { allow: 'GET, HEAD, POST' }));
  });
  app.use(probes(context.checks));
  app.use((_request, response) => {
    send(response, problem(404, 'No such path. Event hooks are at /okta/hooks/{tenant}.'));
  });
  app.use(onError(context));
  return app;
}

const pathText = z.string().catch('');

/** Runs before the body is read. A wrong secret and an unknown tenant get the same answer for the same work. */
const admit =
  ({ isHookSecret, metrics, accessLog }: Context): RequestHandler =>
  (request, response, next) => {
    if (isHookSecret(pathText.parse(request.params['tenant']), request.headers.authorization)) {
      next();
      return;
    }
    metrics.deliveries.inc({ outcome: 'unauthorized' });
    accessLog.describe(response, { route: hook });
    send(
      response,
      problem(401, 'The Authorization header does not match a secret of this hook.', {
        'www-authenticate': 'HookSecret',
      }),
    );
  };

const rawBody = z.instanceof(Buffer).catch(Buffer.alloc(0));

const deliver =
  (context: Context): RequestHandler =>
  async (request, response) => {
    send(
      response,
      await receiveDelivery(context, pathText.parse(request.params['tenant']), rawBody.parse(request.body)),
    );
  };

/** What Express and its body parser throw for a bad request. */
const clientError = z.object({ status: z.int().min(400).max(499) });

const onError =
  ({ logger, metrics }: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const clientFault = clientError.safeParse(error);
    if (!clientFault.success) {
      logger.error({ err: error, requestId: requestIdOf(response) }, 'request failed');
      send(response, problem(503, 'The request could not be processed. Retry.', { 'retry-after': '1' }));
    } else if (clientFault.data.status === 413) {
      metrics.deliveries.inc({ outcome: 'too_large' });
      send(response, problem(413, 'A delivery must not exceed 5 MiB.'));
    } else {
      metrics.deliveries.inc({ outcome: 'malformed' });
      send(response, problem(clientFault.data.status, 'The request could not be read.'));
    }
  };
