import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

import { findCaller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from './answer.ts';
import type { PlainRequest, Route } from './handler.ts';
import { mediaTypeOf, readBody } from './read-body.ts';

/** Puts a route behind its guards: first who asks, then whether they may, and only then what. */
export const serve =
  (context: Context, route: Route): RequestHandler =>
  async (request, response) => {
    const stopTimer = context.metrics.seconds.startTimer({ method: route.method, route: route.path });
    response.once('finish', () => stopTimer({ status: response.statusCode }));
    send(response, await answer(context, route, toPlain(request, response), request.headers.authorization));
  };

async function answer(
  context: Context,
  { scope, handler }: Route,
  request: PlainRequest,
  authorization: string | undefined,
): Promise<Answer> {
  const caller = await findCaller(context, authorization);
  if (caller === null)
    return refuse('unauthorized', 'Send a valid API key as "Authorization: Bearer <key>".', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  if (!caller.apiKey.scopes.includes(scope))
    return refuse('missing_scope', `This needs an API key with the scope "${scope}".`, {
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
      members: { scope },
    });
  return handler(context, caller, request);
}

const params = z.record(z.string(), z.string()).catch({});

function toPlain(request: Request, response: Response): PlainRequest {
  return {
    params: params.parse(request.params),
    query: request.query,
    mediaType: mediaTypeOf(request),
    idempotencyKey: request.get('idempotency-key'),
    readBody: () => readBody(request, response),
  };
}

export function send(response: Response, { status, body, headers = {} }: Answer): void {
  response
    .status(status)
    .set({ 'cache-control': 'no-store', ...headers })
    .type(status < 400 ? 'application/json' : 'application/problem+json')
    .send(JSON.stringify(body));
}
