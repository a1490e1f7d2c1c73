import { answerFailure } from '@keycourier/http/answer-failure';
import { send, serve } from '@keycourier/http/serve';
import { requestIdOf } from '@keycourier/runtime/access-log';
import { probes } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { z } from 'zod';

import type { Context } from './context.ts';
import { serveDocs } from './openapi/serve-docs.ts';
import { refuse } from './problems.ts';
import { routes } from './routes.ts';

/** The API as an Express app. Forwarded client addresses are accepted from `trustedProxies` only, in Express's notation. */
export function createApp(context: Context, trustedProxies: readonly string[] = []): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(context.accessLog.middleware);
  app.use(helmet());
  for (const route of routes) app[route.method](route.path, serve(context, route));
  for (const path of new Set(routes.map((route) => route.path))) app.all(path, refuseMethod(path));
  app.use(serveDocs(routes));
  app.use(probes(context.checks));
  app.use((_request, response) => {
    send(response, refuse('not_found', 'There is no such path. GET /v1/openapi.json lists them.'));
  });
  app.use(onError(context));
  return app;
}

function refuseMethod(path: string): RequestHandler {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (_request, response) => {
    send(response, refuse('method_not_allowed', `Use one of: ${allow}.`, { headers: { allow } }));
  };
}

/** What Express throws for a path that cannot be decoded. */
const clientError = z.object({ status: z.int().min(400).max(499) });

/** Paths and queries hold ids and logins: only the method is logged. */
const onError =
  ({ logger, outages }: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (clientError.safeParse(error).success) {
      send(response, refuse('bad_request', 'The path cannot be decoded.'));
      return;
    }
    const answer = answerFailure(error);
    if (answer.status === 503) outages.failed(error);
    if (answer.status === 500)
      logger.error({ err: error, method: response.req.method, requestId: requestIdOf(response) }, 'request failed');
    send(response, answer);
  };
