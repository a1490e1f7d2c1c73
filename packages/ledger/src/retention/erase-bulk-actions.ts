import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

const rehearsedDays = 1;

/**
 * Deletes actions on filters with their shipments: rehearsals that were not run after a day, the others at their tenant's
 * cut-off, which is that of personal data. The audit log keeps that they were run, and their number.
 * @returns how many actions, at most `limit`
 */
export async function eraseBulkActions(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  cutOffs: CutOffs,
  limit: number,
): Promise<number> {
  const rehearsedBefore = new Date(now().getTime() - rehearsedDays * 86_400_000);
  const { numAffectedRows } = await sql`
    delete from bulk_actions where id in (
      select id from bulk_actions
      where (state = 'rehearsed' and created_at < ${rehearsedBefore})
        or (state = 'ended' and ended_at < ${cutOffOf(sql.ref('bulk_actions.tenant'), cutOffs)})
      limit ${Math.min(limit, 50)} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
