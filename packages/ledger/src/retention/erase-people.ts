import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Deletes the people of the directory who were deactivated before their tenant's cut-off, with all that is stored about them.
 * Several processes may erase at once: each skips rows that are locked.
 * @returns how many people, at most `limit`; fewer mean that nothing is left that no other process has in hand
 */
export async function erasePeople({ db }: Pick<Ledger, 'db'>, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with gone as (
      select id from people where not active and deactivated_at < ${cutOffOf(sql.ref('people.tenant'), cutOffs)}
      order by id limit ${limit} for update skip locked
    )
    delete from people using gone where people.id = gone.id`.execute(db);
  return Number(erased.numAffectedRows ?? 0n);
}

/** Deletes what is known of requests that were refused before their tenant's cut-off. @returns as {@link erasePeople} */
export async function eraseScimFailures({ db }: Pick<Ledger, 'db'>, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with gone as (
      select connection_id, subject from scim_failures join scim_connections on id = connection_id
      where at < ${cutOffOf(sql.ref('scim_connections.tenant'), cutOffs)}
      order by connection_id, subject limit ${limit} for update of scim_failures skip locked
    )
    delete from scim_failures using gone
    where scim_failures.connection_id = gone.connection_id and scim_failures.subject = gone.subject`.execute(db);
  return Number(erased.numAffectedRows ?? 0n);
}
