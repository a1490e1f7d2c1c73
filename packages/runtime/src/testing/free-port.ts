import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that systems hand out by themselves (32768 on Linux, 49152 elsewhere). */
const range = { from: 20_000, until: 32_000 };

/**
 * A port of loopback where nothing listens, for a server that stops and starts again, or that is never there.
 * A port that `listen(0)` had could be another process's as soon as it is free: the system hands it out again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(range.from, range.until);
    const server = createServer();
    if (!(await listens(server, port))) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

async function listens(server: Server, port: number): Promise<boolean> {
  server.listen(port, '127.0.0.1');
  return once(server, 'listening').then(
    () => true,
    () => false,
  );
}
