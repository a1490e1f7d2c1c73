import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a database that can freeze as a stopped server does: connections stay open or are made, and nothing answers. */
export interface FreezableProxy {
  /** The database's URL, through the proxy. */
  url: string;
  freeze: () => void;
  thaw: () => void;
  close: () => Promise<void>;
}

export async function freezableProxy(databaseUrl: string): Promise<FreezableProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const add = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (isFrozen) socket.pause();
    return socket;
  };
  const server = createServer({ pauseOnConnect: true }, (client) => {
    const database = connect(Number(target.port === '' ? 5432 : target.port), target.hostname);
    client.on('data', (bytes) => database.write(bytes)).on('close', () => database.destroy());
    database.on('data', (bytes) => client.write(bytes)).on('close', () => client.destroy());
    add(client);
    add(database);
    if (!isFrozen) client.resume();
    else client.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    freeze: () => {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
