import { createPool } from '@keycourier/runtime/postgres-pool';
import { Kysely, PostgresDialect } from 'kysely';

import type { Database } from './connect-ledger.ts';
import type { Tables } from './tables.ts';

/** Reads with a connection of its own, for a process that needs nothing else of the ledger. */
export async function readOnce<Result>(databaseUrl: string, read: (db: Database) => Promise<Result>): Promise<Result> {
  const pool = createPool({ databaseUrl, use: 'request', maxConnections: 1, applicationName: 'keycourier doctor' });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await read(db);
  } finally {
    await db.destroy();
  }
}
