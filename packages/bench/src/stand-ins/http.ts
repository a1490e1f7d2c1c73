import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

export interface Answer {
  status: number;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

export const json = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body) });

/**
 * Serves prepared answers on a free port of loopback, without a framework: what a stand-in costs is not ours.
 * @returns its base URL
 */
export async function serve(answer: (method: string, path: string, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, body: text, headers } = answer(request.method ?? '', request.url ?? '', body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(text);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') {
    request.resume();
    return '';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
