import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Erases whom the rejected rows of batches asked for, of batches that came before their tenant's cut-off; what was wrong
 * with each row stays. Several processes may erase at once.
 * @returns how many rows, at most `limit`; fewer mean that nothing is left to erase
 */
export async function eraseBatchSubjects(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with done_with as (
      select batch_id, row from batch_rejections join batches on batches.id = batch_id
      where subject is not null and batches.created_at < ${cutOffOf(sql.ref('batches.tenant'), cutOffs)}
      order by batch_id, row limit ${limit}
      for update of batch_rejections skip locked
    )
    update batch_rejections set subject = null from done_with
    where batch_rejections.batch_id = done_with.batch_id and batch_rejections.row = done_with.row`.execute(ledger.db);
  return Number(erased.numAffectedRows ?? 0n);
}
