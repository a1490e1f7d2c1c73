import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { StoryError } from './people.ts';

/** A request of the SCIM client and what it was answered; status 0 if there was no answer. */
export interface ProxiedRequest {
  method: string;
  path: string;
  status: number;
  /** When the request came, and when its answer did. */
  atMs: number;
  answeredAtMs: number;
  retryAfter: string | null;
}

/** Stands where a load balancer does: its address stays while the SCIM process behind it starts again. */
export interface ScimProxy {
  url: string;
  requests: ProxiedRequest[];
  /** All passwords that clients have sent. */
  passwords: Set<string>;
  stop: () => Promise<void>;
}

const forwarded = ['authorization', 'content-type', 'accept'] as const;
const returned = ['content-type', 'etag', 'location', 'retry-after'] as const;

/** @param target reads where the process listens now */
export async function startScimProxy(target: () => string): Promise<ScimProxy> {
  const requests: ProxiedRequest[] = [];
  const passwords = new Set<string>();
  const server = createServer((request, response) => {
    const atMs = Date.now();
    const record = (status: number, retryAfter: string | null): void => {
      const { method = '', url: path = '' } = request;
      requests.push({ method, path, status, retryAfter, atMs, answeredAtMs: Date.now() });
    };
    void relay(request, response, record).catch(() => {
      record(0, null);
      // Without an answer of its own, so that the client sees what it would see without a proxy.
      response.destroy();
    });
  });
  const relay = async (
    request: IncomingMessage,
    response: ServerResponse,
    record: (status: number, retryAfter: string | null) => void,
  ): Promise<void> => {
    const sent = await textOf(request);
    for (const [, password] of sent.matchAll(/"password":"((?:[^"\\]|\\.)*)"/g))
      if (password !== undefined) passwords.add(password);
    const headers = Object.fromEntries(
      forwarded.map((name) => [name, request.headers[name] ?? '']).filter(([, value]) => value !== ''),
    );
    const forward = (): Promise<Response> =>
      fetch(target() + (request.url ?? ''), {
        method: request.method ?? 'GET',
        headers,
        body: sent === '' ? null : sent,
      });
    let answer = await forward();
    // Of each 503, Okta makes a task for an admin: on a busy machine the database is late at times.
    while (answer.status === 503 && answer.headers.has('retry-after') && !response.destroyed) {
      await answer.text();
      await sleep(1_000);
      answer = await forward();
    }
    const { status } = answer;
    const text = await answer.text();
    record(status, answer.headers.get('retry-after'));
    response.statusCode = status;
    for (const name of returned) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.end(text);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new StoryError('The proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    passwords,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
