import type { ConnectorFault } from '@keycourier/journey/ports/errors';

import { breakOff, drop, hang, json, text, type Respond } from './http-server.ts';

export interface FaultCase {
  title: string;
  respond: Respond;
  fault: ConnectorFault;
  status: number | null;
  retryAfterMs: number | null;
  /** Short where no answer comes, so that no other case fails on a busy machine. */
  timeoutMs?: number;
}

/** The timeout of a call that gets no answer: by then its request has come, also on a machine that stalls for seconds. */
export const noAnswerMs = 5_000;

const date = 'Sat, 22 Nov 2025 10:00:00 GMT';
const dateS = Date.parse(date) / 1_000;

/** The ways in which an HTTP service can fail, with the resulting fault. `error` is the service's own error body. */
export function httpFaults(error: unknown): FaultCase[] {
  const nothing = { status: null, retryAfterMs: null };
  return [
    {
      title: 'a service that says nothing in time',
      respond: hang,
      fault: 'outcome_unknown',
      timeoutMs: noAnswerMs,
      ...nothing,
    },
    { title: 'a connection reset before the answer', respond: drop, fault: 'outcome_unknown', ...nothing },
    {
      title: 'a connection reset in the middle of the answer',
      respond: breakOff,
      fault: 'outcome_unknown',
      ...nothing,
    },
    { title: '500', respond: json(500, error), fault: 'outcome_unknown', status: 500, retryAfterMs: null },
    {
      title: '502 from a gateway',
      respond: text(502, '<html>Bad Gateway'),
      fault: 'outcome_unknown',
      status: 502,
      retryAfterMs: null,
    },
    {
      title: '503 that says when to come back',
      respond: json(503, error, { 'retry-after': '7' }),
      fault: 'outcome_unknown',
      status: 503,
      retryAfterMs: 7_000,
    },
    {
      title: '200 with something that is not JSON',
      respond: text(200, '{"id": '),
      fault: 'outcome_unknown',
      status: 200,
      retryAfterMs: null,
    },
    {
      title: '200 with JSON of another shape',
      respond: json(200, { hello: 'world' }),
      fault: 'outcome_unknown',
      ...nothing,
    },
    { title: '200 with nothing', respond: text(200, ''), fault: 'outcome_unknown', ...nothing },
    {
      title: 'a redirect',
      respond: text(302, '', { location: 'https://elsewhere.example/' }),
      fault: 'outcome_unknown',
      status: 302,
      retryAfterMs: null,
    },
    { title: '408', respond: json(408, error), fault: 'outcome_unknown', status: 408, retryAfterMs: null },
    {
      title: "404 that is not the service's own",
      respond: text(404, '<html>no route'),
      fault: 'outcome_unknown',
      status: 404,
      retryAfterMs: null,
    },
    { title: "the service's own 404", respond: json(404, error), fault: 'not_found', status: 404, retryAfterMs: null },
    { title: '401', respond: json(401, error), fault: 'unauthorized', status: 401, retryAfterMs: null },
    { title: '403', respond: json(403, error), fault: 'unauthorized', status: 403, retryAfterMs: null },
    { title: '400', respond: json(400, error), fault: 'refused', status: 400, retryAfterMs: null },
    { title: '409', respond: json(409, error), fault: 'refused', status: 409, retryAfterMs: null },
    {
      title: '429 without a header',
      respond: json(429, error),
      fault: 'rate_limited',
      status: 429,
      retryAfterMs: null,
    },
    {
      title: '429 with a reset, by the clock of the answer',
      respond: json(429, error, {
        date,
        'x-rate-limit-reset': String(dateS + 30),
        'x-rate-limit-limit': '50',
        'x-rate-limit-remaining': '0',
      }),
      fault: 'rate_limited',
      status: 429,
      retryAfterMs: 31_000,
    },
    {
      title: '429 with Retry-After in seconds',
      respond: json(429, error, { 'retry-after': '12' }),
      fault: 'rate_limited',
      status: 429,
      retryAfterMs: 12_000,
    },
    {
      title: '429 with Retry-After as a date',
      respond: json(429, error, { date, 'retry-after': 'Sat, 22 Nov 2025 10:01:00 GMT' }),
      fault: 'rate_limited',
      status: 429,
      retryAfterMs: 60_000,
    },
  ];
}
