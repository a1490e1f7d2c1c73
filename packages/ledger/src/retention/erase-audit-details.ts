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

/**
 * Erases operators from views that they saved, and owners from API keys that were revoked, before the cut-off of the tenant, and
 * preferences, which are of no tenant,
 * that were not changed since the earliest cut-off of all.
 * @returns how many rows; of each kind, at most `limit`
 */
export async function eraseOperators({ db }: Pick<Ledger, 'db'>, cutOffs: CutOffs, limit: number): Promise<number> {
  const views = await sql`
    update saved_views set created_by = '' where (tenant, name) in (
      select tenant, name from saved_views
      where created_by <> '' and created_at < ${cutOffOf(sql.ref('saved_views.tenant'), cutOffs)}
      limit ${limit} for update skip locked)`.execute(db);
  const keys = await sql`
    update api_keys set owner = null where id in (
      select id from api_keys
      where owner is not null and revoked_at < ${cutOffOf(sql.ref('api_keys.tenant'), cutOffs)}
      limit ${limit} for update skip locked)`.execute(db);
  const erased = Number(views.numAffectedRows ?? 0n) + Number(keys.numAffectedRows ?? 0n);
  const earliest = new Date(
    Math.min(cutOffs.ofOthers.getTime(), ...cutOffs.ofTenants.map(({ before }) => before.getTime())),
  );
  const preferences = await sql`
    delete from operator_preferences where operator in (
      select operator from operator_preferences where updated_at < ${earliest}
      limit ${Math.max(0, limit - erased)} for update skip locked)`.execute(db);
  return erased + Number(preferences.numAffectedRows ?? 0n);
}
