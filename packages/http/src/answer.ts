import type { Readable } from 'node:stream';

import type { Scope } from '@keycourier/ledger/api-keys/api-keys';
import type { DescribedProblem } from '@keycourier/messages/describe-problem';

/** What a handler returns; `send` alone turns it into a response. From 400 on the body is a problem (RFC 9457). */
export interface Answer {
  status: number;
  /** Undefined where there is none, as in a 204. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Sent in place of the body, in chunks; its content-type is among the headers. */
  stream?: Readable | undefined;
}

/** Status and title by code. The code is the last part of the problem's type. */
export type ProblemTypes<Code extends string> = Readonly<Record<Code, readonly [status: number, title: string]>>;

export interface RefusalDetails {
  problems?: readonly DescribedProblem[];
  headers?: Readonly<Record<string, string>>;
  /** Further members of the problem, such as the id of a conflicting object. */
  members?: Readonly<Record<string, unknown>>;
}

export type Refuse<Code extends string> = (code: Code, detail: string, details?: RefusalDetails) => Answer;

/** `detail` says what is wrong, where, and how to fix it; it never contains what was sent. */
export const createRefuse =
  <Code extends string>(types: ProblemTypes<Code>): Refuse<Code> =>
  (code, detail, { problems, headers, members } = {}) => {
    const [status, title] = types[code];
    const problem = { type: `urn:keycourier:problem:${code}`, title, status, detail, code };
    return {
      status,
      body: { ...problem, ...members, ...(problems === undefined ? {} : { problems }) },
      ...(headers === undefined ? {} : { headers }),
    };
  };

/** The problems that every app has: an app adds its own and calls `createRefuse` with all of them. */
export const standardProblems = {
  bad_request: [400, 'Bad request'],
  unauthorized: [401, 'Missing or invalid API key'],
  missing_scope: [403, 'The API key lacks the required scope'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  too_large: [413, 'Body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  idempotency_key_reused: [422, 'Idempotency-Key already used by another request'],
  too_many_requests: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Temporarily unavailable'],
} as const satisfies ProblemTypes<string>;

export const refuse = createRefuse(standardProblems);

/** A key that is valid, but lacks the scope for what is requested. */
export const missingScope = (scope: Scope, detail: string): Answer =>
  refuse('missing_scope', detail, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    members: { scope },
  });
