import { sql } from 'kysely';

import type { Database } from '../connect-ledger.ts';

/** The processes of the server that wait for a lock in this database: those of other tests, whose databases are on the same server, do not count. */
export async function waitingSessions(db: Database): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows.map(({ pid }) => pid);
}
