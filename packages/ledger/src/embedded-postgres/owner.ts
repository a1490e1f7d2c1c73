import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

export const superuser = 'keycourier';

export const ownerName = 'keycourier owner';

/** The server is started already: one that stands still for a moment lets its owner in afterwards. */
const ownerConnectMs = 60_000;

export interface Login {
  port: number;
  password: string;
}

/** A connection of our own; losing it is no crash of ours. */
export async function connect(
  login: Login & { database: string; name?: string; connectMs?: number },
): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: login.port,
    user: superuser,
    password: login.password,
    database: login.database,
    application_name: login.name ?? 'keycourier',
    connectionTimeoutMillis: login.connectMs ?? 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Keeps one connection open under a name that others look for: while it is there the server has a living parent. It ends
 * with our process, however that ends, which no file with a process number in it does.
 */
export async function holdOwnership(login: Login): Promise<{ release: () => Promise<void> }> {
  const released = new AbortController();
  let client = await claim(login);
  const keep = async (): Promise<void> => {
    while (!released.signal.aborted) {
      await new Promise<void>((resolve) => client.once('end', resolve));
      // A crashed backend makes Postgres drop every connection; it is back in a moment.
      while (!released.signal.aborted) {
        await sleep(100);
        const again = await claim(login).catch(() => undefined);
        if (again === undefined) continue;
        client = again;
        if (released.signal.aborted) await client.end();
        break;
      }
    }
  };
  void keep();
  return {
    release: async () => {
      released.abort();
      await client.end().catch(() => undefined);
    },
  };
}

async function claim(login: Login): Promise<pg.Client> {
  return connect({ ...login, database: 'postgres', name: ownerName, connectMs: ownerConnectMs });
}
