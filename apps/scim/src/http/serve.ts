import { isUnavailable } from '@keycourier/http/answer-failure';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { drainBody } from '@keycourier/runtime/http-body';
import { ShareError } from '@keycourier/runtime/tenant-shares';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Answered } from './answer-log.ts';
import { authenticate } from './authenticate.ts';
import type { Route } from './handler.ts';
import { readScimBody } from './read-scim-body.ts';
import { answerError, refuse, send, type ScimAnswer } from './scim-answer.ts';

const unauthorized = refuse(
  401,
  "The token is not one of this connection's: copy the base URL and a token of the same connection, or make a new token.",
  { 'www-authenticate': 'Bearer' },
);

const params = z.record(z.string(), z.string()).catch({});

/** Serves a route: the token is checked before the body is read, and the work runs in the tenant's share of connections. */
export const serve =
  (context: Context, route: Route): RequestHandler =>
  async (request, response) => {
    context.accessLog.describe(response, { route: route.path });
    const stopTimer = context.metrics.seconds.startTimer({ method: route.method, route: route.path });
    response.once('finish', () => stopTimer({ status: response.statusCode }));
    // The rest of a refused body must not block the connection for its next request.
    response.once('finish', () => request.unpipe().resume());
    const answer = await answerRequest(context, route, { request, response });
    if (answer.status === 413) await drainBody(request);
    send(response, answer);
  };

async function answerRequest(
  context: Context,
  route: Route,
  { request, response }: { request: Request; response: Response },
): Promise<ScimAnswer> {
  const path = params.parse(request.params);
  const connectionId = path['connection'] ?? '';
  try {
    const connection = await authenticate(context, { connectionId, authorization: request.headers.authorization });
    if (connection === null) return unauthorized;
    context.accessLog.describe(response, { tenant: connection.tenant, readsPersonalData: true });
    return await answerOf(context, route, { request, path, connection });
  } catch (error) {
    return answerFailure(context, error);
  }
}

async function answerOf(
  context: Context,
  { method, handler }: Route,
  { request, path, connection }: { request: Request; path: Readonly<Record<string, string>>; connection: Connection },
): Promise<ScimAnswer> {
  let body: JsonValue | undefined;
  const record = (status: number, error: ScimError | null): void => {
    const subject = method === 'get' ? null : subjectOf(path, body);
    context.answers.add({ connection, status, error, subject });
  };
  try {
    const answer = await handler(context, {
      connection,
      baseUrl: `${context.baseUrl()}/${connection.id}`,
      params: path,
      query: queryOf(request),
      ifMatch: request.get('if-match'),
      ifNoneMatch: request.get('if-none-match'),
      readBody: async (limit) => {
        body = await readScimBody(request, limit);
        return body;
      },
    });
    record(answer.status, null);
    return answer;
  } catch (error) {
    if (error instanceof ScimError) record(error.status, error);
    else record(500, null);
    throw error;
  }
}

const withUserName = z.looseObject({ userName: z.string().min(1) });

/** Whom a write is about: by the id in its path, or by the user name of a new user. */
function subjectOf(path: Readonly<Record<string, string>>, body: JsonValue | undefined): Answered['subject'] {
  if (path['id'] !== undefined) return { id: path['id'] };
  const parsed = withUserName.safeParse(body);
  return parsed.success ? { userName: parsed.data.userName } : null;
}

/** @throws what is no refusal and no outage */
function answerFailure({ outages }: Context, error: unknown): ScimAnswer {
  if (error instanceof ScimError) return answerError(error);
  if (error instanceof ShareError)
    return refuse(429, 'Too many requests of this tenant run or wait: retry, fewer at a time.', { 'retry-after': '1' });
  if (!isUnavailable(error)) throw error;
  outages.failed(error);
  return refuse(503, 'The service cannot reach its database: retry later.', { 'retry-after': '5' });
}

/** Express's parsers read lists and objects out of names: SCIM's names and filters are text. */
const queryOf = ({ originalUrl }: Request): URLSearchParams => {
  const start = originalUrl.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : originalUrl.slice(start + 1));
};
