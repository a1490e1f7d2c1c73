import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';

import { afterEach, expect, test } from '@jest/globals';
import express from 'express';

import { listen, type Listening } from './http-server.ts';
import { until } from './testing/until.ts';

const listening: Listening[] = [];
const clients: Socket[] = [];

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await Promise.all(listening.splice(0).map(({ close }) => close()));
});

async function serve(app: RequestListener, limits = {}): Promise<Listening> {
  const server = await listen(app, { variable: 'PORT', host: '127.0.0.1', port: 0 }, limits);
  listening.push(server);
  return server;
}

/** A client that writes bytes, and does not end when the server does. */
async function openSocket({ url }: Listening): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), allowHalfOpen: true });
  clients.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

test('a body that never ends is refused and aborted in time, however its client goes on', async () => {
  let resolveAborted = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (resolveAborted = resolve));
  let requests = 0;
  const server = await serve(
    (request) => {
      requests += 1;
      request.on('error', () => undefined).on('close', resolveAborted);
      request.resume();
    },
    { requestMs: 100, checkMs: 20 },
  );
  const begin = async (): Promise<{ socket: Socket; texts: string[] }> => {
    const socket = await openSocket(server);
    const texts: string[] = [];
    socket.on('data', (text) => texts.push(String(text)));
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n');
    await until(
      () => requests > 0 || texts.length > 0,
      (isSeen) => isSeen,
    );
    return { socket, texts };
  };
  // The time counts from the connection on: where the process stood still, the header alone is refused.
  const { socket, texts } = await until(begin, () => requests > 0);
  // After events were read, so that no write fails before the answer was: the answer would be lost with it.
  const trickle = setInterval(() => setImmediate(() => socket.write('x')), 10);
  await aborted;
  clearInterval(trickle);
  const answer = await until(
    () => texts.join(''),
    (text) => text !== '',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('a server that closes answers what a busy connection sends next, and closes it', async () => {
  const answers: (() => void)[] = [];
  let resolveBusy = (): void => undefined;
  const busy = new Promise<void>((resolve) => (resolveBusy = resolve));
  const server = await serve((_request, response) => {
    const number = answers.push(() => response.end(`answer ${number}`));
    if (number === 1) resolveBusy();
    else answers[1]?.();
  });
  const socket = await openSocket(server);
  let text = '';
  socket.on('data', (data) => (text += String(data)));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await busy;
  const closed = server.close();
  // With the server before the answer to the first, after which Node would close the connection as idle.
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(
    () => answers.length,
    (count) => count === 2,
  );
  answers[0]?.();
  await new Promise((resolve) => socket.once('end', resolve));
  expect(text.toLowerCase()).toMatch(/answer 1[^]*connection: close[^]*answer 2/);
  socket.end();
  await closed;
});

test('a connection whose answer was under way when the server closed is kept for a moment only, as the process waits for it', async () => {
  const underWay: { request: IncomingMessage; answer: () => void }[] = [];
  const server = await serve((request, response) => underWay.push({ request, answer: () => response.end() }));
  const socket = await openSocket(server);
  socket.resume().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [{ request, answer } = {}] = await until(
    () => underWay,
    ({ length }) => length > 0,
  );
  const closed = server.close();
  answer?.();
  const idleMs = await until(
    () => request?.socket.timeout ?? 0,
    (ms) => ms > 0,
  );
  expect(idleMs).toBeLessThanOrEqual(2_000);
  await closed;
});

test('requests and responses have the prototypes of their Express app from the start', async () => {
  const app = express();
  app.use((request, response) => void response.send(`${request.method} ${request.get('host') ?? ''}`));
  const { url } = await serve(app);
  const hadIt: boolean[] = [];
  const { setPrototypeOf } = Object;
  Object.setPrototypeOf = (one: object, prototype: object | null) => {
    if (one instanceof IncomingMessage || one instanceof ServerResponse)
      hadIt.push(Object.getPrototypeOf(one) === prototype);
    return setPrototypeOf(one, prototype);
  };
  const answer = await fetch(url);
  Object.setPrototypeOf = setPrototypeOf;
  expect(await answer.text()).toBe(`GET ${new URL(url).host}`);
  expect(hadIt).toEqual([true, true]);
});

test('an idle connection is kept longer than proxies keep theirs by default, but not while many are open', async () => {
  const server = await serve((_request, response) => response.end(), { manyConnections: 1 });
  const idleSecondsOf = async (socket: Socket): Promise<number> => {
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(
      () => text,
      (answer) => answer.includes('\r\n\r\n'),
    );
    return Number(/^keep-alive: timeout=(\d+)\r$/im.exec(text)?.[1]);
  };
  const first = await openSocket(server);
  expect(await idleSecondsOf(first)).toBeGreaterThan(60);
  expect(await idleSecondsOf(await openSocket(server))).toBeLessThanOrEqual(5);
  for (const socket of clients) socket.destroy();
  // A new connection each time: one that becomes idle while the others count is closed after 5 s, in which this process may stand still.
  await until(
    async () => {
      const last = await openSocket(server);
      const seconds = await idleSecondsOf(last);
      last.destroy();
      return seconds;
    },
    (seconds) => seconds > 60,
  );
});
