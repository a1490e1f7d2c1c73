import { createPool } from '@keycourier/runtime/postgres-pool';
import { Kysely, PostgresDialect } from 'kysely';

import type { Database } from './connect-ledger.ts';
import type { Tables } from './tables.ts';

/**
 * Reads with a connection of its own, for a process that needs nothing else of the ledger. `timeoutMs` is for the connection and
 * for each statement.
 */
export async function readOnce<Result>(
  { databaseUrl, timeoutMs }: { databaseUrl: string; timeoutMs: number },
  read: (db: Database) => Promise<Result>,
): Promise<Result> {
  const pool = createPool({
    databaseUrl,
    use: 'request',
    limits: { connectMs: timeoutMs, answerMs: timeoutMs, statementMs: timeoutMs, lockMs: timeoutMs },
    maxConnections: 1,
    applicationName: 'keycourier doctor',
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await read(db);
  } finally {
    await db.destroy();
  }
}
