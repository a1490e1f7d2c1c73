import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** `hanging` never answers, `unavailable` answers 503. */
export type HrisMood = 'answering' | 'hanging' | 'unavailable';

/** A company's personnel system, whose answers are whatever the story says of its people. */
export interface Hris {
  /** For `hris.url` of a tenant. */
  urlTemplate: string;
  /** The one bearer token that it takes. */
  token: string;
  /** Null takes the person out. */
  setPerson: (login: string, person: Readonly<Record<string, unknown>> | null) => void;
  setMood: (mood: HrisMood) => void;
  /** The logins that were asked for, oldest first. */
  asked: () => readonly string[];
  end: () => Promise<void>;
}

/** Opens a personnel system on a free port of the loopback. */
export async function openHris(): Promise<Hris> {
  const token = randomUUID();
  const people = new Map<string, unknown>();
  const asked: string[] = [];
  let mood: HrisMood = 'answering';
  const server = createServer((request, response) => {
    const login = loginOf(request);
    if (login !== null) asked.push(login);
    if (mood === 'hanging') return;
    if (mood === 'unavailable') answer(response, 503, {});
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
    setMood: (next) => {
      mood = next;
    },
    asked: () => [...asked],
    end: async () => {
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
