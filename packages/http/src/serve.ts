import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { requestIdOf, type AccessLog } from '@keycourier/runtime/access-log';
import { clientNetwork } from '@keycourier/runtime/client-network';
import type { Contention } from '@keycourier/runtime/contention';
import type { HeldAnswers } from '@keycourier/runtime/held-answers';
import { drainBody, streamBody } from '@keycourier/runtime/http-body';
import type { Logger } from '@keycourier/runtime/logger';
import { ShareError, type TenantShares } from '@keycourier/runtime/tenant-shares';
import type { Request, RequestHandler, Response } from 'express';
import type { Histogram } from 'prom-client';
import { z } from 'zod';

import { admit } from './admit.ts';
import { answerFailure } from './answer-failure.ts';
import { missingScope, type Answer } from './answer.ts';
import type { Caller, CallerDirectory } from './find-caller.ts';
import type { PlainRequest, Route } from './handler.ts';
import type { Limits } from './limits.ts';
import { mediaTypeOf, readBody } from './read-body.ts';

/** What the kit needs of an app's context. */
export interface ServeContext<Tenant> extends CallerDirectory<Tenant> {
  limits: Limits;
  logger: Logger;
  accessLog: AccessLog;
  /** Of the connections for requests. */
  shares: TenantShares;
  contention: Contention;
  /** Refusals with 429. */
  held: HeldAnswers;
  metrics: {
    /** `route` is the path in the table of routes, never the requested one: paths hold ids. */
    seconds: Histogram<'method' | 'route' | 'status'>;
  };
}

/** Serves a route: authentication, rate limit and scope come before the handler sees the request. */
export const serve =
  <Context extends ServeContext<Tenant>, Tenant, Code extends string>(
    context: Context & ServeContext<Tenant>,
    route: Route<Context, Caller<Tenant>, Code>,
  ): RequestHandler =>
  async (request, response) => {
    context.accessLog.describe(response, { route: route.path });
    const stopTimer = context.metrics.seconds.startTimer({ method: route.method, route: route.path });
    response.once('finish', () => stopTimer({ status: response.statusCode }));
    // The rest of a refused body must not block the connection for its next request.
    response.once('finish', () => request.unpipe().resume());
    const { answer, subject } = await answerRequest(context, route, { request, response });
    if (answer.status === 413) await drainBody(request);
    if (answer.status === 429) {
      // It is logged as refused, though its client goes away before it is answered.
      response.status(answer.status);
      await context.held.hold(subject, response);
      if (response.destroyed) return;
    }
    if (answer.stream === undefined) send(response, answer);
    else await sendStream(context.logger, response, { ...answer, stream: answer.stream });
  };

async function answerRequest<Context extends ServeContext<Tenant>, Tenant, Code extends string>(
  context: Context & ServeContext<Tenant>,
  { scope, handler, contract }: Route<Context, Caller<Tenant>, Code>,
  { request, response }: { request: Request; response: Response },
): Promise<{ answer: Answer; subject: string }> {
  // Express has none for a closed socket.
  const address = request.ip ?? '';
  const admission = await admit(context, { authorization: request.headers.authorization, address }).catch(
    (error: unknown) => ({ outcome: 'refused' as const, answer: answerShareError(error), by: null }),
  );
  const by = admission.outcome === 'refused' ? admission.by : admission.caller.apiKey;
  if (by !== null) context.accessLog.describe(response, { tenant: by.tenant, apiKeyId: by.id });
  const subject = by?.tenant ?? clientNetwork(address);
  if (admission.outcome === 'refused') return { answer: admission.answer, subject };
  const { caller, headers } = admission;
  context.contention.note(caller.apiKey.tenant);
  if (contract.readsPersonalData === true) context.accessLog.describe(response, { readsPersonalData: true });
  const inShare: PlainRequest['inShare'] = (work) => context.shares.run(caller.apiKey.tenant, work);
  const answer =
    scope === null || caller.apiKey.scopes.includes(scope)
      ? await handler(context, caller, toPlain({ request, response }, inShare)).catch(answerShareError)
      : missingScope(scope, `This route needs an API key with the scope "${scope}".`);
  const all = Object.assign({}, headers, locationOf(contract, answer), answer.headers);
  return { answer: { status: answer.status, body: answer.body, headers: all, stream: answer.stream }, subject };
}

const created = z.object({ id: z.string() });

/** Where what was created is; also in an answer that is repeated under an Idempotency-Key. */
function locationOf({ locatedAt }: { locatedAt?: string }, { status, body }: Answer): Record<string, string> {
  if (locatedAt === undefined || (status !== 201 && status !== 202)) return {};
  const { data } = created.safeParse(body);
  return data === undefined ? {} : { location: `${locatedAt}/${encodeURIComponent(data.id)}` };
}

function answerShareError(error: unknown): Answer {
  if (error instanceof ShareError) return answerFailure(error);
  throw error;
}

const params = z.record(z.string(), z.string()).catch({});

function toPlain(
  { request, response }: { request: Request; response: Response },
  inShare: PlainRequest['inShare'],
): PlainRequest {
  return {
    params: params.parse(request.params),
    query: request.query,
    mediaType: mediaTypeOf(request),
    idempotencyKey: request.get('idempotency-key'),
    requestId: requestIdOf(response) ?? null,
    readBody: () => readBody(request),
    streamBody: (limitBytes) => streamBody(request, limitBytes),
    inShare,
  };
}

/** Sends an answer; a problem says which request it is about, as the log does. */
export function send(response: Response, { status, body, headers = {} }: Answer): void {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (body === undefined) response.end();
  else if (status < 400) response.type('application/json').send(JSON.stringify(body));
  else response.type('application/problem+json').send(JSON.stringify({ ...body, requestId: requestIdOf(response) }));
}

/** A stream that fails closes its connection, so that clients do not mistake a partial answer for a complete one. */
async function sendStream(
  logger: Logger,
  response: Response,
  { status, headers = {}, stream }: Answer & { stream: Readable },
): Promise<void> {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  await pipeline(stream, response).catch((error: unknown) => {
    logger.warn({ err: error }, 'streaming an answer failed');
  });
}
