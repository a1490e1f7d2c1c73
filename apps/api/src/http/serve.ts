import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

import { admit } from '../access/admit.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from './answer.ts';
import type { PlainRequest, Route } from './handler.ts';
import { openBody } from './open-body.ts';
import { mediaTypeOf, readBody } from './read-body.ts';

/** Puts a route behind its guards: first who asks, then whether they may, and only then what. */
export const serve =
  (context: Context, route: Route): RequestHandler =>
  async (request, response) => {
    const stopTimer = context.metrics.seconds.startTimer({ method: route.method, route: route.path });
    response.once('finish', () => stopTimer({ status: response.statusCode }));
    // What is left of a body that was refused must not keep the connection from its next request.
    response.once('finish', () => request.unpipe().resume());
    const said = await answer(context, route, toPlain(request, response), {
      authorization: request.headers.authorization,
      // Express has none for a socket that is gone.
      address: request.ip ?? '',
    });
    if (said.stream === undefined) send(response, said);
    else await sendStream(context, response, said.stream, said);
  };

/** An answer that fails halfway ends with its connection, so that nobody takes a part of it for the whole. */
async function sendStream(
  { logger }: Context,
  response: Response,
  stream: Readable,
  { status, headers = {} }: Answer,
): Promise<void> {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  await pipeline(stream, response).catch((error: unknown) => {
    logger.warn({ err: error }, 'an answer broke off');
  });
}

async function answer(
  context: Context,
  { scope, handler }: Route,
  request: PlainRequest,
  who: { authorization: string | undefined; address: string },
): Promise<Answer> {
  const admission = await admit(context, who);
  if (admission.outcome === 'refused') return admission.answer;
  const { caller, headers } = admission;
  const said = caller.apiKey.scopes.includes(scope)
    ? await handler(context, caller, request)
    : refuse('missing_scope', `This needs an API key with the scope "${scope}".`, {
        headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
        members: { scope },
      });
  return { ...said, headers: { ...headers, ...said.headers } };
}

const params = z.record(z.string(), z.string()).catch({});

function toPlain(request: Request, response: Response): PlainRequest {
  return {
    params: params.parse(request.params),
    query: request.query,
    mediaType: mediaTypeOf(request),
    idempotencyKey: request.get('idempotency-key'),
    readBody: () => readBody(request, response),
    openBody: (limitBytes) => openBody(request, limitBytes),
  };
}

export function send(response: Response, { status, body, headers = {} }: Answer): void {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (body === undefined) response.end();
  else response.type(status < 400 ? 'application/json' : 'application/problem+json').send(JSON.stringify(body));
}
