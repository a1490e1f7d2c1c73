import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Erases who acted and why from audit entries of before their tenant's cut-off; what was done to what, when and in which
 * role stays, and so does the chain. Several processes may erase at once.
 * @returns how many entries, at most `limit`
 */
export async function eraseAuditDetails({ db }: Pick<Ledger, 'db'>, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with due as (
      select tenant, seq from audit_entries
      where sealed is not null and at < ${cutOffOf(sql.ref('audit_entries.tenant'), cutOffs)}
      order by at limit ${limit} for update skip locked
    )
    update audit_entries set sealed = null, actor_index = null from due
    where audit_entries.tenant = due.tenant and audit_entries.seq = due.seq`.execute(db);
  return Number(erased.numAffectedRows ?? 0n);
}
