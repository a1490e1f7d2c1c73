import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** `hanging` never answers, `unavailable` answers 503. */
export type HrisMode = 'answering' | 'hanging' | 'unavailable';

/** The HRIS of a tenant, with the responses that a story sets. */
export interface Hris {
  /** For `hris.url` of a tenant. */
  urlTemplate: string;
  /** The bearer token that it accepts. */
  token: string;
  /** Null removes the person. */
  setPerson: (login: string, person: Readonly<Record<string, unknown>> | null) => void;
  setMode: (mode: HrisMode) => void;
  /** The logins of the requests, oldest first. */
  requests: () => readonly string[];
  stop: () => Promise<void>;
}

/** Starts an HRIS on a free loopback port. */
export async function startHris(): Promise<Hris> {
  const token = randomUUID();
  const people = new Map<string, unknown>();
  const requests: string[] = [];
  let mode: HrisMode = 'answering';
  const server = createServer((request, response) => {
    const login = loginOf(request);
    if (login !== null) requests.push(login);
    if (mode === 'hanging') return;
    if (mode === 'unavailable') answer(response, 503, {});
    else if (request.headers.authorization !== `Bearer ${token}`) answer(response, 401, {});
    else if (login === null || !people.has(login)) answer(response, 404, {});
    else answer(response, 200, people.get(login));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    urlTemplate: `http://127.0.0.1:${port}/people/{login}`,
    token,
    setPerson: (login, person) => void (person === null ? people.delete(login) : people.set(login, person)),
    setMode: (next) => {
      mode = next;
    },
    requests: () => [...requests],
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function loginOf({ method, url = '' }: IncomingMessage): string | null {
  const [, login] = /^\/people\/([^/?]+)$/.exec(url) ?? [];
  return method === 'GET' && login !== undefined ? decodeURIComponent(login) : null;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
