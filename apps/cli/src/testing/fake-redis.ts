import { createServer, type Socket } from 'node:net';

import { z } from 'zod';

export interface FakeRedis {
  url: string;
  close: () => Promise<void>;
}

/** A server with the Redis commands that the doctor uses. `policy` null: CONFIG is refused. */
export async function startFakeRedis(policy: string | null): Promise<FakeRedis> {
  const sockets = new Set<Socket>();
  const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
  const replies: Readonly<Record<string, string>> = {
    INFO: bulk('redis_version:7.4.0\r\nloading:0\r\n'),
    PING: '+PONG\r\n',
    CONFIG: policy === null ? '-NOPERM not allowed\r\n' : `*2\r\n${bulk('maxmemory-policy')}${bulk(policy)}`,
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      for (const [, name = ''] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        socket.write(replies[name.toUpperCase()] ?? '+OK\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
