import { createPool } from '@keycourier/runtime/postgres-pool';
import { Kysely, PostgresDialect } from 'kysely';

import type { Tables } from '../tables.ts';
import { readCatchUp, type CatchUpStatus } from './read-catch-up.ts';

/** Reads a tenant's catch-up with a connection of its own, for a process that needs nothing else of the ledger. */
export async function readCatchUpOnce(
  databaseUrl: string,
  tenant: string,
  { now, graceMs }: { now: Date; graceMs: number },
): Promise<CatchUpStatus> {
  const pool = createPool({ databaseUrl, use: 'request', maxConnections: 1, applicationName: 'keycourier doctor' });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await readCatchUp({ db, now: () => now }, tenant, { graceMs });
  } finally {
    await db.destroy();
  }
}
