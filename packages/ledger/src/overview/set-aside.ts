import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';
import { countedAtMost } from './held-causes.ts';

/** The tenant's events that an operator is to look at: at most one more than `countedAtMost`, by the index of these events. */
export async function countSetAside(db: Kysely<Tables>, tenant: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::float8 as count from (
      select from inbound_events where tenant = ${tenant} and state = 'set_aside' limit ${countedAtMost + 1}) as found`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}
