import type { ErrorRequestHandler, Request, RequestHandler } from 'express';

import type { Org } from '../context.ts';
import { OAuthError } from '../oauth/errors.ts';
import { callerOf } from '../roles/caller.ts';
import { randomText } from '../store/okta-id.ts';
import { OktaError } from './errors.ts';
import type { Handler, RequestDetails, OktaRequest } from './handler.ts';

/** Assigns the request id that the response and the events contain. */
export const identifyRequest: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Okta-Request-Id', randomText(27));
  next();
};

function toDetails(request: Request): RequestDetails {
  return {
    requestId: String(request.res?.getHeader('X-Okta-Request-Id')),
    uri: request.originalUrl,
    ipAddress: request.socket.remoteAddress ?? '127.0.0.1',
    userAgent: request.headers['user-agent'] ?? 'unknown',
  };
}

const onlyText = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );

/** `http://host:port` as the client called it. */
export function originOf(request: Request): string {
  return `${request.protocol}://${request.headers.host ?? 'localhost'}`;
}

function toOktaRequest(request: Request): OktaRequest {
  const body: unknown = request.body;
  return {
    method: request.method,
    params: onlyText(request.params),
    query: onlyText(request.query),
    body,
    origin: originOf(request),
    headers: onlyText(request.headers),
    url: request.originalUrl,
    details: toDetails(request),
    caller: callerOf(request),
  };
}

/** Converts a handler to an Express handler. */
export const serve =
  (org: Org, handler: Handler): RequestHandler =>
  async (request, response) => {
    const { body, headers = {}, links, status } = await handler(org, toOktaRequest(request));
    response.set(headers);
    if (links !== undefined) response.setHeader('Link', links);
    if (body === undefined) response.status(status).end();
    else response.status(status).json(body);
  };

/** Answers a request that has no route. */
export const answerNotFound: RequestHandler = (request, _response, next) => {
  next(
    new OktaError('E0000022', { causes: [`${request.method} ${request.path} is not an endpoint of this simulator`] }),
  );
};

/** Converts every error to Okta's or OAuth's error body; only unexpected errors are logged. */
export const answerErrors =
  (org: Org): ErrorRequestHandler =>
  (thrown: unknown, request, response, _next) => {
    if (thrown instanceof OAuthError) {
      if (thrown.nonce !== undefined) response.setHeader('DPoP-Nonce', thrown.nonce);
      response.status(thrown.status).json(thrown);
      return;
    }
    const error = toOktaError(thrown);
    if (error.status >= 500)
      org.logger.error(
        { err: thrown, method: request.method, route: request.path.split('/').slice(0, 4).join('/') },
        'failed',
      );
    response.status(error.status).json(error);
  };

function toOktaError(thrown: unknown): OktaError {
  if (thrown instanceof OktaError) return thrown;
  // Express and its body parser throw errors with the status that they mean: unreadable JSON, a broken path.
  const isClients =
    thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number' && thrown.status < 500;
  return new OktaError(isClients ? 'E0000003' : 'E0000009', { cause: thrown });
}
