import { probes } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';

import type { Context } from './context.ts';
import { receiveDelivery } from './hooks/receive-delivery.ts';
import { verifyHook } from './hooks/verify-hook.ts';
import { problem } from './http/answer.ts';
import { send } from './http/send.ts';

const mebibyte = 1024 * 1024;

/** The receiver's front door. On the hook's path nothing runs that it does not need. */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  const hook = '/okta/hooks/:tenant';
  app.post(hook, admit(context), express.raw({ limit: 5 * mebibyte, type: () => true }), deliver(context));
  app.get(hook, (request, response) => {
    send(response, verifyHook(request.get('x-okta-verification-challenge')));
  });
  app.all(hook, (_request, response) => {
    send(response, problem(405, 'Okta verifies a hook with GET and delivers with POST.', { allow: 'GET, HEAD, POST' }));
  });
  app.use(probes(context.checks));
  app.use((_request, response) => {
    send(response, problem(404, 'There is nothing here. Event hooks are at /okta/hooks/{tenant}.'));
  });
  app.use(onError(context));
  return app;
}

const pathText = z.string().catch('');

/** Before a byte of the body is read. A wrong secret and an unknown tenant get the same answer for the same work. */
const admit =
  ({ isHookSecret, metrics }: Context): RequestHandler =>
  (request, response, next) => {
    if (isHookSecret(pathText.parse(request.params['tenant']), request.headers.authorization)) {
      next();
      return;
    }
    metrics.deliveries.inc({ outcome: 'unauthorized' });
    send(
      response,
      problem(401, 'The Authorization header is not a secret of this hook.', { 'www-authenticate': 'HookSecret' }),
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

/** What Express and its body reader throw about a request. */
const clientError = z.object({ status: z.int().min(400).max(499) });

const onError =
  ({ logger, metrics }: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const refused = clientError.safeParse(error);
    if (!refused.success) {
      logger.error({ err: error }, 'a request failed');
      send(response, problem(503, 'The request could not be handled. Send it again.', { 'retry-after': '1' }));
    } else if (refused.data.status === 413) {
      metrics.deliveries.inc({ outcome: 'too_large' });
      send(response, problem(413, 'A delivery may have 5 MiB at most.'));
    } else {
      metrics.deliveries.inc({ outcome: 'malformed' });
      send(response, problem(refused.data.status, 'The request could not be read.'));
    }
  };
