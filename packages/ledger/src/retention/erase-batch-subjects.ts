import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Erases the users that rejected rows of batches name, of batches that came before their tenant's cut-off; what was wrong
 * with each row stays. Several processes may erase at once.
 * @returns how many rows, at most `limit`; fewer mean that nothing is left to erase
 */
export async function eraseBatchSubjects(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with done as (
      select batch_id, row from batch_rejections join batches on batches.id = batch_id
      where subject is not null and batches.created_at < ${cutOffOf(sql.ref('batches.tenant'), cutOffs)}
      order by batch_id, row limit ${limit}
      for update of batch_rejections skip locked
    )
    update batch_rejections set subject = null from done
    where batch_rejections.batch_id = done.batch_id and batch_rejections.row = done.row`.execute(ledger.db);
  return Number(erased.numAffectedRows ?? 0n);
}
