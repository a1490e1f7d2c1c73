import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

const dryRunDays = 1;

/**
 * Deletes actions on filters with their shipments: dry runs from which nothing was started after a day, the others at their tenant's
 * cut-off, which is that of personal data. The audit log keeps that they were run, and their number.
 * @returns how many actions, at most `limit`
 */
export async function eraseBulkActions(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  cutOffs: CutOffs,
  limit: number,
): Promise<number> {
  const checkedBefore = new Date(now().getTime() - dryRunDays * 86_400_000);
  const { numAffectedRows } = await sql`
    delete from bulk_actions where id in (
      select id from bulk_actions
      where (state = 'checked' and created_at < ${checkedBefore})
        or (state = 'ended' and ended_at < ${cutOffOf(sql.ref('bulk_actions.tenant'), cutOffs)})
      limit ${Math.min(limit, 50)} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
