import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/**
 * Deletes Idempotency-Keys that were first used before a moment, with their stored answers, which contain a user's ids.
 * The key is free again then. Several processes may erase at once.
 * @returns how many keys, at most `limit`; fewer mean that nothing is left to erase
 */
export async function eraseIdempotencyKeys(ledger: Ledger, before: Date, limit: number): Promise<number> {
  const erased = await sql`
    delete from idempotency_keys where (api_key_id, key) in (
      select api_key_id, key from idempotency_keys where created_at < ${before}
      order by created_at limit ${limit} for update skip locked
    )`.execute(ledger.db);
  return Number(erased.numAffectedRows ?? 0n);
}
