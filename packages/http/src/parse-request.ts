import { describeProblem } from '@keycourier/messages/describe-problem';
import { z } from 'zod';

import { refuse, type Answer } from './answer.ts';
import type { Handler, PlainRequest } from './handler.ts';
import { problemsOf } from './problems-of.ts';

/** A request whose query and body match the route's schemas. */
export interface ParsedRequest<Query, Body> extends Pick<
  PlainRequest,
  'params' | 'idempotencyKey' | 'requestId' | 'inShare'
> {
  query: Query;
  body: Body;
}

type Handle<Context, Caller, Query, Body> = (
  context: Context,
  caller: Caller,
  request: ParsedRequest<Query, Body>,
) => Promise<Answer>;

export const noQuery = z.strictObject({});
export const noBody = z.strictObject({}).optional();

/** For routes that read: an unknown parameter is refused, a body is ignored. */
export function queryRoute<Context, Caller, Query extends z.ZodType>(
  schema: Query,
  handle: Handle<Context, Caller, z.output<Query>, null>,
): Handler<Context, Caller> {
  return async (context, caller, { params, idempotencyKey, requestId, inShare, query }) => {
    const parsed = schema.safeParse(query);
    if (!parsed.success) return refuseUnparsed(parsed.error, 'query', schema);
    const request = { params, idempotencyKey, requestId, inShare, query: parsed.data, body: null };
    return inShare(() => handle(context, caller, request));
  };
}

/** For routes that change something: the refusal names every problem of the body at once. */
export function bodyRoute<Context, Caller, Query extends z.ZodType, Body extends z.ZodType>(
  schemas: { query: Query; body: Body },
  handle: Handle<Context, Caller, z.output<Query>, z.output<Body>>,
): Handler<Context, Caller> {
  return async (context, caller, request) => {
    const query = schemas.query.safeParse(request.query);
    if (!query.success) return refuseUnparsed(query.error, 'query', schemas.query);
    const read = await request.readBody();
    if (read.outcome === 'refused') return read.answer;
    const body = schemas.body.safeParse(read.json);
    if (!body.success) return refuseUnparsed(body.error, 'body', schemas.body);
    const { params, idempotencyKey, requestId, inShare } = request;
    const full = { params, idempotencyKey, requestId, inShare, query: query.data, body: body.data };
    return inShare(() => handle(context, caller, full));
  };
}

/** For routes whose body is a stream, which the handler reads. */
export function streamRoute<Context, Caller, Query extends z.ZodType>(
  schema: Query,
  handle: Handle<Context, Caller, z.output<Query>, PlainRequest>,
): Handler<Context, Caller> {
  return async (context, caller, request) => {
    const parsed = schema.safeParse(request.query);
    if (!parsed.success) return refuseUnparsed(parsed.error, 'query', schema);
    const { params, idempotencyKey, requestId, inShare } = request;
    return handle(context, caller, { params, idempotencyKey, requestId, inShare, query: parsed.data, body: request });
  };
}

function refuseUnparsed(error: z.ZodError, part: 'query' | 'body', schema: z.ZodType): Answer {
  const problems = problemsOf(error, part, schema).map(describeProblem);
  const first = problems.slice(0, 5).map(({ message }) => message);
  return refuse('bad_request', first.join(' '), { problems });
}
