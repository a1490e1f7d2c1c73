import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a Postgres server that a test can close and open. */
export interface PostgresProxy {
  /** The URL of the same database, by this way. */
  url: string;
  /** Until this, connections are refused. */
  open: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts closed. */
export async function proxyTo(databaseUrl: string): Promise<PostgresProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const serve = async (port: number): Promise<Server> => {
    const server = createServer((inner) => {
      const outer = connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const stop = async (server: Server): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  const probe = await serve(0);
  const { port } = addressOf(probe);
  await stop(probe);
  let server: Server | null = null;
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    open: async () => {
      server = await serve(port);
    },
    close: async () => {
      if (server !== null) await stop(server);
      server = null;
    },
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new RangeError('the server listens on no port');
  return address;
}
