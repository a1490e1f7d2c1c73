import { createServer, type IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

export const apiKey = 'kc_a-key-that-is-never-shown';

export interface Heard {
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
  /** Answers before the body has been read, as a front door does that turns somebody away. */
  early?: boolean;
}

export interface FakeApi {
  url: string;
  /** For KEYCOURIER_*, so that commands find it. */
  environment: Readonly<Record<string, string>>;
  heard: Heard[];
  /** What `GET /v1/flows` and the like are answered with; a list is worked off, its last entry stays. */
  on: (route: string, ...replies: (Reply | ((heard: Heard) => Reply))[]) => void;
  close: () => Promise<void>;
}

/** An API that says what a test wants it to, and remembers what it was asked. */
export async function startFakeApi(): Promise<FakeApi> {
  const routes = new Map<string, (Reply | ((heard: Heard) => Reply))[]>();
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://api.invalid');
    const method = request.method ?? '';
    const replies = routes.get(`${method} ${path}`);
    const next = replies !== undefined && replies.length > 1 ? replies.shift() : replies?.[0];
    const answer = (text: string): void => {
      const query = Object.fromEntries(searchParams);
      const one = { method, path, query, headers: request.headers, text, json: (): unknown => JSON.parse(text) };
      heard.push(one);
      const reply =
        typeof next === 'function' ? next(one) : (next ?? problem(404, 'not_found', 'There is no such thing'));
      const type = (reply.status ?? 200) < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(reply.status ?? 200, { 'content-type': reply.text === undefined ? type : 'text/csv' });
      response.end(reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)));
    };
    if (typeof next === 'object' && next.early === true) return answer('');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    environment: { KEYCOURIER_URL: url, KEYCOURIER_API_KEY: apiKey },
    heard,
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
  body: { type: `urn:keycourier:problem:${code}`, title: 'It was refused', status, detail, code, ...more },
});
