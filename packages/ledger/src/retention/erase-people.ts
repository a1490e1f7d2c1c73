import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Deletes the people of the directory who were deactivated before their tenant's cut-off, with all that is stored about them;
 * their groups have other members then, and so another version. Several processes may erase at once: each skips rows that
 * are locked.
 * @returns how many people, at most `limit`; fewer mean that nothing is left that no other process has in hand
 */
export async function erasePeople(
  ledger: Pick<Ledger, 'db' | 'now'>,
  cutOffs: CutOffs,
  limit: number,
): Promise<number> {
  const isDue = sql<boolean>`(not active and deactivated_at < ${cutOffOf(sql.ref('people.tenant'), cutOffs)})`;
  return ledger.db.transaction().execute(async (db) => {
    const due = await sql<Id>`
      select id from people where ${isDue} order by id limit ${limit}`.execute(db);
    const groups = await lockGroupsOf(db, idsOf(due.rows));
    // Nothing can become a member any more once its row is locked, so what the next statement sees of memberships is final.
    const locked = await sql<Id>`
      select id from people where id = any(${idsOf(due.rows)}::text[]) and ${isDue}
      order by id for update skip locked`.execute(db);
    return deleteLocked(db, { ids: idsOf(locked.rows), groups, now: ledger.now() });
  });
}
interface Id {
  id: string;
}

const idsOf = (rows: readonly Id[]): string[] => rows.map(({ id }) => id);

/** Before the people, as every write does. */
async function lockGroupsOf(db: Tx, people: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<Id>`
    select id from directory_groups
    where id in (select group_id from directory_members where person_id = any(${[...people]}::text[]))
    order by id for no key update skip locked`.execute(db);
  return idsOf(rows);
}

interface LockedRows {
  ids: readonly string[];
  groups: readonly string[];
  now: Date;
}

/** Who is a member of a group that is not locked is left to the next time. */
async function deleteLocked(db: Tx, { ids, groups, now }: LockedRows): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    with gone as (
      delete from people where id = any(${[...ids]}::text[]) and not exists (
        select from directory_members where person_id = people.id and group_id <> all(${[...groups]}::text[]))
      returning id
    ), changed as (
      update directory_groups set version = version + 1, last_modified = ${now}
      where id in (select group_id from directory_members join gone on gone.id = person_id)
    )
    select count(*) from gone`.execute(db);
  return Number(rows[0]?.count ?? 0);
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
