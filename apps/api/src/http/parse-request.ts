import { describeProblem } from '@keycourier/messages/describe-problem';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from './answer.ts';
import type { Handler, PlainRequest } from './handler.ts';
import { problemsOf } from './problems-of.ts';

/** A request whose query and body are what the route asks for. */
export interface ParsedRequest<Query, Body> extends Pick<PlainRequest, 'params' | 'idempotencyKey'> {
  query: Query;
  body: Body;
}

type Handle<Query, Body> = (context: Context, caller: Caller, given: ParsedRequest<Query, Body>) => Promise<Answer>;

export const noQuery = z.strictObject({});
export const noBody = z.strictObject({}).optional();

/** For routes that read: a parameter that the route does not know is refused, a body is not looked at. */
export function queryRoute<Query extends z.ZodType>(query: Query, handle: Handle<z.output<Query>, null>): Handler {
  return async (context, caller, { params, idempotencyKey, query: asked }) => {
    const parsed = query.safeParse(asked);
    if (!parsed.success) return refuseUnparsed(parsed.error, 'query');
    return handle(context, caller, { params, idempotencyKey, query: parsed.data, body: null });
  };
}

/** For routes that change something: every problem of the body is named at once. */
export function bodyRoute<Query extends z.ZodType, Body extends z.ZodType>(
  shapes: { query: Query; body: Body },
  handle: Handle<z.output<Query>, z.output<Body>>,
): Handler {
  return async (context, caller, request) => {
    const query = shapes.query.safeParse(request.query);
    if (!query.success) return refuseUnparsed(query.error, 'query');
    const read = await request.readBody();
    if (read.outcome === 'refused') return read.answer;
    const body = shapes.body.safeParse(read.json);
    if (!body.success) return refuseUnparsed(body.error, 'body');
    const { params, idempotencyKey } = request;
    return handle(context, caller, { params, idempotencyKey, query: query.data, body: body.data });
  };
}

/** For routes that take a body as it arrives: the handler opens it. */
export function streamRoute<Query extends z.ZodType>(
  query: Query,
  handle: Handle<z.output<Query>, PlainRequest>,
): Handler {
  return async (context, caller, request) => {
    const parsed = query.safeParse(request.query);
    if (!parsed.success) return refuseUnparsed(parsed.error, 'query');
    const { params, idempotencyKey } = request;
    return handle(context, caller, { params, idempotencyKey, query: parsed.data, body: request });
  };
}

function refuseUnparsed(error: z.ZodError, part: 'query' | 'body'): Answer {
  const problems = problemsOf(error, part).map(describeProblem);
  const first = problems.slice(0, 5).map(({ message }) => message);
  return refuse('bad_request', first.join(' '), { problems });
}
