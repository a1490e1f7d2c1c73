import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { freePort } from '@keycourier/runtime/testing/free-port';

/** A way to a database that a test can take away. */
export interface DatabaseProxy {
  /** The database's URL, through the proxy. */
  url: string;
  /** As a stopped server does: connections stay open or are made, and nothing answers. */
  freeze: () => void;
  thaw: () => void;
  /** As a server that is down does: connections break, and new ones are refused. */
  refuse: () => Promise<void>;
  accept: () => Promise<void>;
  close: () => Promise<void>;
}

export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const way = createWay({ host: target.hostname, port: Number(target.port === '' ? 5432 : target.port) });
  const port = await freePort();
  let server: Server | null = await listen(way.relay, port);
  const refuse = async (): Promise<void> => {
    server?.close();
    way.breakAll();
    if (server !== null) await once(server, 'close');
    server = null;
  };
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    freeze: way.freeze,
    thaw: way.thaw,
    refuse,
    accept: async () => {
      server ??= await listen(way.relay, port);
    },
    close: refuse,
  };
}

function createWay({ host, port }: { host: string; port: number }) {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (isFrozen) socket.pause();
  };
  return {
    relay: (client: Socket): void => {
      const database = connect(port, host);
      client.on('data', (bytes) => database.write(bytes)).on('close', () => database.destroy());
      database.on('data', (bytes) => client.write(bytes)).on('close', () => client.destroy());
      add(client);
      add(database);
      if (!isFrozen) client.resume();
    },
    freeze: (): void => {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: (): void => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    breakAll: (): void => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(relay: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }, relay);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
