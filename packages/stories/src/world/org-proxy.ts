import { once } from 'node:events';
import { Agent, createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { Exchange } from '@keycourier/okta-simulator/contract/recorder';

import { StoryError } from './people.ts';

/** Stands between keycourier and an org, and keeps what each said. */
export interface OrgProxy {
  url: string;
  /** The calls that were answered. */
  exchanges: Exchange[];
  stop: () => Promise<void>;
}

/** @param target the URL of the org, which answers as if it had been called itself: `Host` is passed on */
export async function startOrgProxy(target: string): Promise<OrgProxy> {
  const exchanges: Exchange[] = [];
  const agent = new Agent({ keepAlive: true });
  const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const sent = await text(request);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      send(new URL(url, target), { method, headers, agent }, resolve).on('error', reject).end(sent);
    });
    const [received, status] = [await text(answer), answer.statusCode ?? 0];
    const { pathname: path, searchParams } = new URL(url, target);
    const [requestBody, answerBody] = [jsonOf(headers, sent), jsonOf(answer.headers, received)];
    exchanges.push({ method, path, query: [...searchParams.keys()], status, requestBody, answerBody });
    response.writeHead(status, answer.headers).end(received);
  };
  // Without an answer of its own: the client sees what it would see without a proxy.
  const server = createServer((request, response) => void relay(request, response).catch(() => response.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new StoryError('The proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    exchanges,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Undefined for an empty body, and for a form. */
const jsonOf = (headers: IncomingMessage['headers'], body: string): unknown =>
  body !== '' && headers['content-type']?.includes('json') === true ? JSON.parse(body) : undefined;
