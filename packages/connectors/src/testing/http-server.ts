import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';

import { freePort } from '@keycourier/runtime/testing/free-port';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Respond = (request: SeenRequest, response: ServerResponse) => void;

/** A server on a free loopback port that answers every request as set, and records it. */
export interface TestServer {
  url: string;
  seen: SeenRequest[];
  respond: (respond: Respond) => void;
  close: () => Promise<void>;
}

export async function serve(respond: Respond = json(200, {})): Promise<TestServer> {
  let current = respond;
  const seen: SeenRequest[] = [];
  // No connection is closed while it is idle: after a stall that could be just as the next request is sent on it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      current(one, response);
    });
  });
  await listening(server);
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    seen,
    respond: (next) => {
      current = next;
      seen.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A URL without a server. */
export async function unusedUrl(protocol: 'http' | 'smtp' = 'http'): Promise<string> {
  return `${protocol}://127.0.0.1:${await freePort()}`;
}

export async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
}

export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new RangeError('the server does not listen on a port');
  return address.port;
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Respond {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  };
}

/** Answers with text that is not JSON. */
export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Respond {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers });
    response.end(body);
  };
}

/** Sends nothing at all. */
export const hang: Respond = () => undefined;

/** Breaks the connection before the answer. */
export const drop: Respond = (_request, response) => void response.socket?.resetAndDestroy();

/** Breaks the connection in the middle of a good answer. */
export const breakOff: Respond = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"id":"1', () => response.socket?.resetAndDestroy());
};
