import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { giveRequestId, requestIdOf } from '@keycourier/runtime/access-log';
import { clientNetwork } from '@keycourier/runtime/client-network';
import { declaredBytes, drainBody, readShortBody, streamBody } from '@keycourier/runtime/http-body';
import { shortDocumentBytes } from '@keycourier/runtime/json/read-json';
import { probes } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';

import type { Context } from './context.ts';
import { deliveryLimits } from './hooks/limits.ts';
import { receiveDelivery } from './hooks/receive-delivery.ts';
import { verifyHook } from './hooks/verify-hook.ts';
import { problem, send } from './http/answer.ts';

const hook = '/okta/hooks/:tenant';

/** The hook's path as an operator sets it in Okta; Express reads it in other spellings too, as it reads every other path. */
const plainHook = /^\/okta\/hooks\/([\w-]+)$/;

/**
 * The receiver's routes. An authenticated delivery does not pass through Express, which would cost as much as all that is
 * done with its event. Forwarded client addresses are accepted from `trustedProxies` only, in Express's notation.
 */
export function createApp(context: Context, trustedProxies: readonly string[] = []): RequestListener {
  const app = createRoutes(context, trustedProxies);
  return (request, response) => {
    const [, tenant] = (request.method === 'POST' && plainHook.exec(request.url ?? '')) || [];
    if (tenant === undefined || !context.isHookSecret(tenant, request.headers.authorization)) {
      app(request, response);
      return;
    }
    giveRequestId(response);
    deliver(context, { tenant, request, response }).catch((error: unknown) => answerFailure(context, error, response));
  };
}

function createRoutes(context: Context, trustedProxies: readonly string[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', [...trustedProxies]);
  app.use(context.accessLog.middleware);
  app.post(hook, admit(context), (request, response) =>
    deliver(context, { tenant: tenantIn(request.params), request, response }),
  );
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
const tenantIn = ({ tenant }: Readonly<Record<string, unknown>>): string => pathText.parse(tenant);

/** Runs before the body is read. A wrong secret and an unknown tenant get the same answer for the same work; many of them wait for it. */
const admit =
  ({ isHookSecret, metrics, accessLog, held }: Context): RequestHandler =>
  async (request, response, next) => {
    if (isHookSecret(tenantIn(request.params), request.headers.authorization)) {
      next();
      return;
    }
    metrics.deliveries.inc({ outcome: 'unauthorized' });
    accessLog.describe(response, { route: hook });
    // It is logged as refused, though its client goes away before it is answered.
    response.status(401);
    await held.hold(clientNetwork(request.ip ?? ''), response);
    if (response.destroyed) return;
    send(
      response,
      problem(401, 'The Authorization header does not match a secret of this hook.', {
        'www-authenticate': 'HookSecret',
      }),
    );
  };

async function deliver(
  context: Context,
  { tenant, request, response }: { tenant: string; request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const answer = await receiveDelivery(context, {
    tenant,
    bytes: declaredBytes(request),
    read: () => readShortBody(request, shortDocumentBytes) ?? streamBody(request, deliveryLimits.bytes),
  });
  if (answer.status === 413) await drainBody(request);
  // The rest of a body that was not read must not block the connection for its next request.
  if (!request.readableEnded) response.once('finish', () => request.unpipe().resume());
  send(response, answer);
}

/** What Express throws for a path that cannot be decoded. */
const clientError = z.object({ status: z.int().min(400).max(499) });

const onError =
  (context: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) next(error);
    else if (clientError.safeParse(error).success) send(response, problem(400, 'The request could not be read.'));
    else answerFailure(context, error, response);
  };

function answerFailure({ logger }: Context, error: unknown, response: ServerResponse): void {
  logger.error({ err: error, requestId: requestIdOf(response) }, 'request failed');
  if (response.headersSent) response.destroy();
  else send(response, problem(503, 'The request could not be processed. Retry.', { 'retry-after': '1' }));
}
