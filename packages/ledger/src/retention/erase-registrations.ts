import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/** A registration in a hub has the hub's name. */
const spoke = sql<string>`regexp_replace(registrations.tenant, '^hub:', '')`;

/**
 * Deletes the registrations of people who have had no active credential of ours since their tenant's cut-off, once Okta no
 * longer says that they have one, or has no such active user. Several processes may erase at once.
 * @returns how many, at most `limit`
 */
export async function eraseRegistrations(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with done as (
      select id from registrations
      where not wanted and wanted_at < ${cutOffOf(spoke, cutOffs)}
        and (written is not true or problem in ('user_deactivated', 'user_not_found'))
        and coalesce(leased_until < now(), true)
      order by id limit ${limit} for update skip locked
    ), messages_gone as (
      delete from outbox using done where subject_id = done.id
    )
    delete from registrations using done where registrations.id = done.id`.execute(ledger.db);
  return Number(erased.numAffectedRows ?? 0n);
}

/**
 * Deletes the mirrors of people who left their hub before their tenant's cut-off, the links of those whose source it was, and
 * the reports of comparisons that ended before it. Several processes may erase at once.
 * @returns how many mirrors and reports, at most `limit` of each
 */
export async function eraseMirrors(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with left_people as (
      select id from mirrors
      where state = 'left' and written_version = version and lease_id is null
        and wanted_at < ${cutOffOf(sql.ref('mirrors.tenant'), cutOffs)}
      order by id limit ${limit} for update skip locked
    ), messages_gone as (
      delete from outbox using left_people where subject_id = left_people.id
    ), mirrors_gone as (
      delete from mirrors using left_people where mirrors.id = left_people.id returning mirrors.id
    ), left_sources as (
      select tenant, hub_user_id from sourced_people
      where left_at < ${cutOffOf(sql.ref('sourced_people.tenant'), cutOffs)}
      order by left_at limit ${limit} for update skip locked
    ), sources_gone as (
      delete from sourced_people using left_sources
      where sourced_people.tenant = left_sources.tenant and sourced_people.hub_user_id = left_sources.hub_user_id
      returning sourced_people.hub_user_id as id
    ), old_reports as (
      select id from comparisons where ended_at < ${cutOffOf(sql.ref('comparisons.tenant'), cutOffs)}
      order by id limit ${limit} for update skip locked
    ), reports_gone as (
      delete from comparisons using old_reports where comparisons.id = old_reports.id returning comparisons.id
    )
    select id from mirrors_gone union all select id from sources_gone union all select id from reports_gone`.execute(
    ledger.db,
  );
  return erased.rows.length;
}
