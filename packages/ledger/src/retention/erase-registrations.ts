import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Deletes the registrations of people who have had no active credential of ours since their tenant's cut-off, once Okta no
 * longer says that they have one, or has no such active user. Several processes may erase at once.
 * @returns how many, at most `limit`
 */
export async function eraseRegistrations(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with done as (
      select id from registrations
      where not wanted and wanted_at < ${cutOffOf(sql.ref('registrations.tenant'), cutOffs)}
        and (written is not true or problem in ('user_deactivated', 'user_not_found'))
        and coalesce(leased_until < now(), true)
      order by id limit ${limit} for update skip locked
    ), messages_gone as (
      delete from outbox using done where subject_id = done.id
    )
    delete from registrations using done where registrations.id = done.id`.execute(ledger.db);
  return Number(erased.numAffectedRows ?? 0n);
}
