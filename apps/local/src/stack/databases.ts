import { join } from 'node:path';

import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import pg from 'pg';

export interface Databases {
  /** The URL of one of the stack's databases, which is created if it does not exist. */
  url: (name: string) => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * The Postgres server of the stack: the server of DATABASE_URL, or an embedded one in the data directory. On a server that
 * others use too, `suffix` keeps a stack's databases apart from those of another.
 */
export async function connectDatabases(
  dataDir: string,
  databaseUrl: string | undefined,
  suffix = '',
): Promise<Databases> {
  if (databaseUrl !== undefined) return onServer(databaseUrl, suffix);
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  return {
    url: async (name) => {
      await server.createDatabase(name);
      return server.url(name);
    },
    stop: () => server.stop(),
  };
}

/** On an external server, the simulators' databases have the name of the database of DATABASE_URL with a suffix. */
function onServer(databaseUrl: string, suffix: string): Databases {
  const base = new URL(databaseUrl);
  const prefix = decodeURIComponent(base.pathname.slice(1)) || 'keycourier';
  return {
    url: async (name) => {
      if (name === 'keycourier' && suffix === '') return databaseUrl;
      const own = `${prefix}${suffix}${name === 'keycourier' ? '' : `_${name}`}`;
      await createDatabase(databaseUrl, own);
      const url = new URL(databaseUrl);
      url.pathname = `/${encodeURIComponent(own)}`;
      return url.href;
    },
    stop: async () => undefined,
  };
}

async function createDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === '42P04')) throw error;
  } finally {
    await client.end();
  }
}
