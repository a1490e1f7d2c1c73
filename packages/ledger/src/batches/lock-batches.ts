import { sql } from 'kysely';

import type { Tx } from '../open-ledger.ts';

/**
 * Lets one batch of a tenant at a time open its shipments, until the transaction ends: two that name the same people in
 * different orders would deadlock.
 */
export async function lockBatches(tx: Tx, tenant: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`batches:${tenant}`}, 0))`.execute(tx);
}
