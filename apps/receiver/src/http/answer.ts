import { STATUS_CODES, type ServerResponse } from 'node:http';

import { requestIdOf } from '@keycourier/runtime/access-log';

/** What a handler returns. */
export interface Answer {
  status: number;
  /** Absent: no content. From 400 on it is a problem (RFC 9457). */
  body?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

/** `detail` is a fixed text: it never echoes the request. */
export function problem(status: number, detail: string, headers: Answer['headers'] = {}): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  return { status, body: { type: 'about:blank', title, status, detail }, headers };
}

/** Writes an answer with Node's own API: Express' `send` costs more than the rest of a delivery. */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = JSON.stringify(status < 400 ? body : { ...body, requestId: requestIdOf(response) });
  response
    .writeHead(status, {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(text);
}
