import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type RequestListener } from 'node:http';
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
 * Serves an app. Header and request timeouts limit slow clients.
 * @throws ProcessError `start_failed` when the port is in use or not permitted, with the variable that sets it
 */
export async function listen(app: RequestListener, address: ListenAddress): Promise<Listening> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 5_000 }, app);
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
      const ended = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      if (!(await endsWithin(drainMs, ended))) server.closeAllConnections();
      await ended;
    },
  };
}

const statusOfParser: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What Node answers to bytes that are no HTTP request, with the header that every answer has. No app sees such a request. */
function answerUnparsed({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status = statusOfParser[code] ?? 400;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${requestIdHeader}: ${randomUUID()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}
