import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

const deliverySchema = z.looseObject({
  eventId: z.string(),
  source: z.string(),
  data: z.object({ events: z.array(z.looseObject({ uuid: z.string(), eventType: z.string() })) }),
});

export interface Received {
  headers: IncomingMessage['headers'];
  delivery: z.infer<typeof deliverySchema>;
}

export interface HookReceiver {
  url: string;
  received: Received[];
  /** The deliveries, as soon as there are `count`. */
  waitFor: (count: number) => Promise<Received[]>;
  /** The first delivery, as soon as there is one. */
  first: () => Promise<Received>;
  challenges: string[];
  /** The statuses for the next deliveries; then 204. 0 means no response. */
  answers: number[];
  close: () => Promise<void>;
}

/** A service that returns challenges and records deliveries. */
export async function startHookReceiver(): Promise<HookReceiver> {
  const received: Received[] = [];
  const challenges: string[] = [];
  const answers: number[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'GET') {
      const challenge = String(request.headers['x-okta-verification-challenge']);
      challenges.push(challenge);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ verification: challenge }));
      return;
    }
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    received.push({ headers: request.headers, delivery: deliverySchema.parse(JSON.parse(text)) });
    const status = answers.shift() ?? 204;
    if (status !== 0) response.writeHead(status).end();
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const waitFor = (count: number): Promise<Received[]> =>
    until(
      () => received,
      ({ length }) => length >= count,
    );
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    waitFor,
    first: async () => {
      const [first] = await waitFor(1);
      if (first === undefined) throw new RangeError('there is no delivery');
      return first;
    },
    challenges,
    answers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
