import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that systems hand out by themselves (32768 on Linux, 49152 elsewhere). */
const lowest = 20_000;

/** Each of Jest's four processes has its own: until its server starts, a port is free for the others too. */
const processes = 4;
const portsOfProcess = 3_000;

let next = randomInt(portsOfProcess);

/**
 * A port of loopback where nothing listens, for a server that stops and starts again, or that is never there.
 * A port that `listen(0)` had could be another process's as soon as it is free: the system hands it out again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const own = Number(process.env['JEST_WORKER_ID'] ?? 0) % processes;
    next = (next + 1) % portsOfProcess;
    const port = lowest + own * portsOfProcess + next;
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
