import { probes } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { z } from 'zod';

import type { Context } from './context.ts';
import { answerFailure } from './http/answer-failure.ts';
import { refuse } from './http/answer.ts';
import { send, serve } from './http/serve.ts';
import { serveDocs } from './openapi/serve-docs.ts';
import { routes } from './routes.ts';

/**
 * The API's front door. Only this file, its neighbours in http/ and the documentation know Express. An address that a
 * request is said to come from is believed to `trustedProxies` alone, given as Express reads them.
 */
export function createApp(context: Context, trustedProxies: readonly string[] = []): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(helmet());
  for (const route of routes) app[route.method](route.path, serve(context, route));
  for (const path of new Set(routes.map((route) => route.path))) app.all(path, refuseMethod(path));
  app.use(serveDocs(routes));
  app.use(probes(context.checks));
  app.use((_request, response) => {
    send(response, refuse('not_found', 'There is nothing at this path.'));
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

/** What Express throws about a path that cannot be decoded. */
const clientError = z.object({ status: z.int().min(400).max(499) });

/** Paths and queries hold ids and logins: only the method is logged. */
const onError =
  ({ logger }: Context): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (clientError.safeParse(error).success) {
      send(response, refuse('bad_request', 'The path cannot be read.'));
      return;
    }
    logger.error({ err: error, method: request.method }, 'a request failed');
    send(response, answerFailure(error));
  };
