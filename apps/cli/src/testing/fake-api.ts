import { createServer, type IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

export const apiKey = 'kc_a-key-that-is-never-shown';

export interface ReceivedRequest {
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  text: string;
  json: () => unknown;
}

export interface Reply {
  status?: number;
  body?: unknown;
  text?: string;
  /** Answers before the body has been read, as a proxy does for a request it refuses. */
  early?: boolean;
}

export interface FakeApi {
  url: string;
  /** KEYCOURIER_* for a command. */
  environment: Readonly<Record<string, string>>;
  requests: ReceivedRequest[];
  /** Sets the answers of a route such as `GET /v1/flows`, in order; the last one repeats. */
  on: (route: string, ...replies: (Reply | ((requests: ReceivedRequest) => Reply))[]) => void;
  close: () => Promise<void>;
}

/** An API with prepared answers that records its requests. */
export async function startFakeApi(): Promise<FakeApi> {
  const routes = new Map<string, (Reply | ((requests: ReceivedRequest) => Reply))[]>();
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://api.invalid');
    const method = request.method ?? '';
    const replies = routes.get(`${method} ${path}`);
    const next = replies !== undefined && replies.length > 1 ? replies.shift() : replies?.[0];
    const answer = (text: string): void => {
      const query = Object.fromEntries(searchParams);
      const one = { method, path, query, headers: request.headers, text, json: (): unknown => JSON.parse(text) };
      requests.push(one);
      const reply = typeof next === 'function' ? next(one) : (next ?? problem(404, 'not_found', 'Not found'));
      const type = (reply.status ?? 200) < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(reply.status ?? 200, { 'content-type': reply.text === undefined ? type : 'text/csv' });
      response.end(reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)));
    };
    if (typeof next === 'object' && next.early === true) return answer('');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString('utf8')));
  });
  // A connection that the server closes just as it is used again is an error for the client.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    environment: { KEYCOURIER_URL: url, KEYCOURIER_API_KEY: apiKey },
    requests,
    on: (route, ...replies) => void routes.set(route, replies),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** RFC 9457, as the API writes it. */
export const problem = (status: number, code: string, detail: string, more: object = {}): Reply => ({
  status,
  body: { type: `urn:keycourier:problem:${code}`, title: 'Request refused', status, detail, code, ...more },
});
