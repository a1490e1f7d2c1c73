import { requestIdOf } from '@keycourier/runtime/access-log';
import { probes } from '@keycourier/runtime/probes';
import { scimPath } from '@keycourier/runtime/scim-url';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';

import type { Context } from './context.ts';
import { answerError, refuse, send, type ScimAnswer } from './http/scim-answer.ts';
import { serve } from './http/serve.ts';
import { serveToken, tokenPath } from './oauth/serve-token.ts';
import { routes } from './routes.ts';

/** The service provider as an Express app. Forwarded client addresses are accepted from `trustedProxies` only. */
export function createApp(context: Context, trustedProxies: readonly string[] = []): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(context.accessLog.middleware);
  for (const route of routes) app[route.method](`${scimPath}/:connection${route.path}`, serve(context, route));
  app.post(`${scimPath}/:connection${tokenPath}`, serveToken(context));
  app.all(`${scimPath}/:connection${tokenPath}`, (_request, response) => {
    send(response, refuseMethods('POST'));
  });
  for (const path of new Set(routes.map((route) => route.path)))
    app.all(`${scimPath}/:connection${path}`, refuseMethod(path));
  app.use(probes(context.checks));
  app.use((_request, response) => {
    send(
      response,
      refuse(
        404,
        `There is no such path: the base URL is ${scimPath}/ and the id of a connection, and /Users or /Groups follow it.`,
      ),
    );
  });
  app.use(onError(context));
  return app;
}

function refuseMethod(path: string): RequestHandler {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (_request, response) => {
    send(response, refuseMethods(allow));
  };
}

const refuseMethods = (allow: string): ScimAnswer =>
  refuse(405, `This path takes no other requests than ${allow}.`, { allow });

/** What Express throws for a path that cannot be decoded. */
const clientError = z.object({ status: z.int().min(400).max(499) });

/** Paths hold ids and queries hold names: neither is logged. */
const onError =
  ({ logger }: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof ScimError) send(response, answerError(error));
    else if (clientError.safeParse(error).success)
      send(
        response,
        refuse(400, 'The path of the URL is not percent-encoded as it has to be: check the base URL in the client.'),
      );
    else {
      logger.error({ err: error, method: response.req.method, requestId: requestIdOf(response) }, 'request failed');
      send(
        response,
        refuse(
          500,
          'keycourier failed by an error of its own, which its log has: retry, and report the Request-Id of this answer if it stays.',
        ),
      );
    }
  };
