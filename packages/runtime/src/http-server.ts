import { randomUUID } from 'node:crypto';
import {
  createServer,
  IncomingMessage,
  ServerResponse,
  STATUS_CODES,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { requestIdHeader } from './access-log.ts';
import { endsWithin } from './ends-within.ts';
import { portProblem, type ListenAddress } from './port-problem.ts';

export interface Listening {
  /** `http://host:port`, with the actual port. */
  url: string;
  /** Stops accepting connections, and resolves when the last response is complete; after 15 s it closes what is left. */
  close: () => Promise<void>;
}

/** A body that arrives slowly must not keep a process from stopping in its 25 s. */
const drainMs = 15_000;

/**
 * Longer than a proxy keeps an idle connection (60 s by default in nginx and AWS' load balancers): where the server closes first, a
 * request that is sent at that moment is lost, and the proxy answers 502.
 */
const keepAliveMs = 65_000;

/** With many open connections, one that becomes idle is closed soon: who opens many holds little memory for long. */
const crowdedKeepAliveMs = 5_000;

/** While the server closes, for a client that has sent its next request as the answer to its last one was under way. */
const closingKeepAliveMs = 1_000;

interface ServerLimits {
  /** From the first byte of a request to the last of its body. */
  requestMs?: number;
  /** How often that is looked at. */
  checkMs?: number;
  /** So many open connections are many. */
  manyConnections?: number;
}

/** What an Express app makes the prototypes of its requests and responses; other apps have none. */
interface App extends RequestListener {
  request?: IncomingMessage;
  response?: ServerResponse;
}

/**
 * Serves an app. Header and request timeouts limit slow clients.
 * @throws ProcessError `start_failed` when the port is in use or not permitted, with the variable that sets it
 */
export async function listen(
  app: App,
  address: ListenAddress,
  { requestMs = 60_000, checkMs = 5_000, manyConnections = 1_000 }: ServerLimits = {},
): Promise<Listening> {
  const headersTimeout = Math.min(10_000, requestMs);
  const limits = { headersTimeout, requestTimeout: requestMs, connectionsCheckingInterval: checkMs };
  const server = createServer({ ...limits, ...classesOf(app) }, app);
  const setKeepAlive = keepIdle(server, manyConnections);
  let isClosing = false;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    // Node closes connections that are idle when the server closes; a busy one would stay as long as its client uses it.
    if (isClosing) response.setHeader('connection', 'close');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerUnparsed(error, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portProblem(cause, address)));
    server.listen(address.port, address.host, resolve);
  });
  const bound: AddressInfo | string | null = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    close: async () => {
      isClosing = true;
      const ended = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      setKeepAlive();
      server.closeIdleConnections();
      if (!(await endsWithin(drainMs, ended))) server.closeAllConnections();
      await ended;
    },
  };
}

/** Returns what sets the time anew once the server closes. */
function keepIdle(server: Server, manyConnections: number): () => void {
  let open = 0;
  const set = (): void => {
    const openMs = open > manyConnections ? crowdedKeepAliveMs : keepAliveMs;
    server.keepAliveTimeout = server.listening ? openMs : closingKeepAliveMs;
  };
  const count = (change: 1 | -1): void => {
    open += change;
    set();
  };
  server.on('connection', (socket: Socket) => {
    count(1);
    socket.once('close', () => count(-1));
  });
  return set;
}

/**
 * Of requests and responses that have the app's prototypes from the start. Express would set them for each, after which V8 makes a new
 * hidden class for each property that is added: eleven a request, some 20 kB that only a collection of the whole heap frees.
 */
function classesOf(app: App) {
  class Incoming extends IncomingMessage {}
  class Outgoing extends ServerResponse {}
  if (app.request === undefined || app.response === undefined) return {};
  Object.setPrototypeOf(Incoming.prototype, app.request);
  Object.setPrototypeOf(Outgoing.prototype, app.response);
  app.request = Incoming.prototype;
  app.response = Outgoing.prototype;
  return { IncomingMessage: Incoming, ServerResponse: Outgoing };
}

const statusOfParser: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What Node answers to bytes that are no HTTP request, with the header that every answer has. No app sees such a request. */
function answerUnparsed({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status = statusOfParser[code] ?? 400;
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${requestIdHeader}: ${randomUUID()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  // After end() alone the client could go on sending, and its request would never end: Node reports its timeout once.
  socket.destroySoon();
}
