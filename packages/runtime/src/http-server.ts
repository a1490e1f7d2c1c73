import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Express } from 'express';

import { ProcessError } from './errors.ts';

export interface Listening {
  /** `http://host:port`, with the port that was really taken. */
  url: string;
  /** Stops taking connections, lets answers under way finish, and resolves when the last one is gone. */
  close: () => Promise<void>;
}

/**
 * Serves an Express app. Header and request timeouts bound what a slow client can hold.
 * @throws ProcessError `start_failed` when the port is taken or may not be used.
 */
export async function listen(app: Express, address: { host: string; port: number }): Promise<Listening> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 5_000 }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ProcessError('start_failed', `Cannot listen on ${address.host}:${address.port}`, { cause })),
    );
    server.listen(address.port, address.host, resolve);
  });
  const bound: AddressInfo | string | null = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
