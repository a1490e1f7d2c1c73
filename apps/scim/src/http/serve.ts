import { isUnavailable } from '@keycourier/http/answer-failure';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { clientNetwork } from '@keycourier/runtime/client-network';
import { LateError } from '@keycourier/runtime/group-commits';
import { drainBody } from '@keycourier/runtime/http-body';
import { ShareError } from '@keycourier/runtime/tenant-shares';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

import type { Context } from '../context.ts';
import { admit } from './admit.ts';
import type { Outcome } from './answer-log.ts';
import type { Route, ScimRequest } from './handler.ts';
import { readToken } from './presented-token.ts';
import { readScimBody } from './read-scim-body.ts';
import { answerError, refuse, send, type ScimAnswer } from './scim-answer.ts';

/** Serves a route: the token is checked and the request counted before the body is read, and the work is in the tenant's share. */
export const serve =
  (context: Context, route: Route): RequestHandler =>
  (request, response) =>
    answerWith(context, { request, response, ...route }, () => answerRequest(context, route, { request, response }));

/** What is answered, and whom it counts for where it is a 429: a tenant, or a network. */
export interface Answering {
  answer: ScimAnswer;
  subject: string;
}

/** Sends what `work` answers, and measures it. */
export async function answerWith(
  context: Context,
  { method, path, request, response }: Pick<Route, 'method' | 'path'> & Exchange,
  work: () => Promise<Answering>,
): Promise<void> {
  context.accessLog.describe(response, { route: path });
  const stopTimer = context.metrics.seconds.startTimer({ method, route: path });
  response.once('finish', () => stopTimer({ status: response.statusCode }));
  // The rest of a refused body must not block the connection for its next request.
  response.once('finish', () => request.unpipe().resume());
  const { answer, subject } = await work();
  if (answer.status === 413) await drainBody(request);
  if (answer.status === 429) {
    // It is logged as refused, though its client goes away before it is answered.
    response.status(answer.status);
    await context.held.hold(subject, response);
    if (response.destroyed) return;
  }
  send(response, answer);
}

interface Exchange {
  request: Request;
  response: Response;
}

export const paramsOf = (request: Request): Readonly<Record<string, string>> => params.parse(request.params);

const params = z.record(z.string(), z.string()).catch({});

async function answerRequest(context: Context, route: Route, { request, response }: Exchange): Promise<Answering> {
  const path = paramsOf(request);
  // Express has none for a closed socket.
  const address = request.ip ?? '';
  let subject = clientNetwork(address);
  try {
    const token = readToken(path['connection'] ?? '', request.headers.authorization);
    const admission = await admit(context, { address, ...token });
    if (admission.outcome === 'refused') {
      const { answer, by } = admission;
      if (by !== null) context.accessLog.describe(response, { tenant: by.tenant, connection: by.id });
      return { answer, subject: by?.tenant ?? subject };
    }
    const { connection } = admission;
    subject = connection.tenant;
    context.accessLog.describe(response, {
      tenant: connection.tenant,
      connection: connection.id,
      ...(route.readsPersonalData && { readsPersonalData: true }),
    });
    context.contention.note(connection.tenant);
    return { answer: await answerOf(context, route, { request, path, connection }), subject };
  } catch (error) {
    return { answer: answerFailure(context, error), subject };
  }
}

interface Admitted {
  request: Request;
  path: Readonly<Record<string, string>>;
  connection: Connection;
}

async function answerOf(context: Context, route: Route, admitted: Admitted): Promise<ScimAnswer> {
  const { request, path, connection } = admitted;
  let body: JsonValue | undefined;
  let reading: Promise<JsonValue | undefined> | undefined;
  const readBody = async (): Promise<JsonValue | undefined> => {
    reading ??= readScimBody(request, route.body);
    body = await reading;
    return body;
  };
  const record = (status: number, error: ScimError | null, outcomes = outcomesOf(route, { path, body }, error)): void =>
    context.answers.add({ connection, status, outcomes });
  try {
    // Reading is part of the share: what a tenant that floods sends waits unread.
    const answer = await handle(context, route, {
      connection,
      baseUrl: `${context.baseUrl()}/${connection.id}`,
      params: path,
      query: queryOf(request),
      ifMatch: request.get('if-match'),
      ifNoneMatch: request.get('if-none-match'),
      readBody,
    });
    record(answer.status, null, answer.outcomes);
    return answer;
  } catch (error) {
    if (error instanceof ScimError) record(error.status, error);
    else record(error instanceof ShareError ? 429 : 500, null, []);
    throw error;
  }
}

async function handle(context: Context, { handler, atOnce }: Route, request: ScimRequest): Promise<ScimAnswer> {
  const { tenant } = request.connection;
  const answer = atOnce === undefined ? null : await context.creations.run(tenant, () => atOnce(context, request));
  return answer ?? context.shares.run(tenant, () => handler(context, request));
}

const withUserName = z.looseObject({ userName: z.string().min(1) });

/** Whom a write is about: by the id in its path, or by the user name of a new user. */
function outcomesOf(
  { isWrite }: Route,
  { path, body }: { path: Readonly<Record<string, string>>; body: JsonValue | undefined },
  error: ScimError | null,
): readonly Outcome[] {
  if (!isWrite) return [];
  if (path['id'] !== undefined) return [{ subject: { id: path['id'] }, error }];
  const parsed = withUserName.safeParse(body);
  return parsed.success ? [{ subject: { userName: parsed.data.userName }, error }] : [];
}

/** @throws what is no refusal and no outage */
export function answerFailure({ outages }: Pick<Context, 'outages'>, error: unknown): ScimAnswer {
  if (error instanceof ScimError) return answerError(error);
  // Okta repeats a request by itself after a 429 alone, and nothing was begun.
  if (error instanceof ShareError && error.code === 'stopping')
    return refuse(429, 'keycourier is restarting: retry in a second.', { 'retry-after': '1' });
  if (error instanceof ShareError)
    return refuse(429, 'Too many requests of this tenant are under way: retry, with fewer at the same time.', {
      'retry-after': '1',
    });
  if (!(error instanceof LateError) && !isUnavailable(error)) throw error;
  outages.failed(error);
  return refuse(503, 'keycourier cannot reach its database, or the database is too busy: retry later.', {
    'retry-after': '5',
  });
}

/** Express's parsers read lists and objects out of names: SCIM's names and filters are text. */
const queryOf = ({ originalUrl }: Request): URLSearchParams => {
  const start = originalUrl.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : originalUrl.slice(start + 1));
};
