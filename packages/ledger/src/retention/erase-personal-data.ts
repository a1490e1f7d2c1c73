import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { addHistory } from '../shipments/add-history.ts';
import { isDone } from '../shipments/plan-predicates.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs, Part } from './policy.ts';

/**
 * Erases the personal data of shipments that ended before their tenant's cut-off: all their secrets, the note, what operators wrote, the
 * masked address that the PIN went to, the tracking number, and the hashes of the login. Who has which key stays while that
 * key's credential is active: triggers by groups and revoke-leavers look for it. docs/personal-data.md lists each column. A shipment that is open, held or has a next step is skipped; a dry run ends with its check,
 * with any result. Several processes may erase at once: each skips rows that are locked.
 * @returns the ids of the shipments, in order; fewer than `limit` mean that nothing is left behind `after` that no other process
 * has in hand
 */
export async function erasePersonalData(ledger: Ledger, cutOffs: CutOffs, part: Part): Promise<readonly string[]> {
  return ledger.db.transaction().execute(async (tx) => {
    const locked = await lockEnded(tx, cutOffs, part);
    if (locked.length === 0) return [];
    // A statement sees the secrets as they were when it began: what another process erased while this one waited for its
    // lock is seen by the next statement only.
    const { rows } = await sql<{ id: string }>`
      with ended as (
        select id, ${hasKeyInUse} as has_key_in_use from shipments
        where id = any(${locked}) and ${hasPersonalData}
      ), secrets_gone as (
        delete from secrets using ended where shipment_id = ended.id
      ), ${ofTheConsole}, ids_gone as (
        update history set detail = detail - ${idsInHistory}::text[] from ended
        where shipment_id = ended.id and not ended.has_key_in_use and detail ?| ${idsInHistory}::text[]
      ), history_added as (
        ${addHistory(sql`select id, ${ledger.now()}::timestamptz, 'personal_data.erased', '{}'::jsonb from ended`)}
      ), erased as (
        update shipments
        set note = null, pin_sent_to = null, login_index = null, batch_person = null,
          tracking_number = null, tracking_url = null,
          ${ofKeyInUse('person', sql`'erased:' || shipments.id`)},
          ${ofKeyInUse('okta_user_id')}, ${ofKeyInUse('hub_user_id')}, ${ofKeyInUse('directory_person_id')}, ${ofKeyInUse('serial')}, ${ofKeyInUse('firmware')},
          ${ofKeyInUse('enrollment_id')}, ${ofKeyInUse('credential_key_id')}
        from ended where shipments.id = ended.id returning shipments.id
      )
      select id from erased order by id`.execute(tx);
    return rows.map(({ id }) => id);
  });
}

async function lockEnded(tx: Tx, cutOffs: CutOffs, { after, limit }: Part): Promise<readonly string[]> {
  // Nothing changes a shipment that has ended, so its last change is its end.
  const { rows } = await sql<{ id: string }>`
    select id from shipments
    where id > ${after} and ${isDone}
      and not exists (select from outbox where subject_id = shipments.id)
      and updated_at < ${cutOffOf(sql.ref('shipments.tenant'), cutOffs)}
      and ${hasPersonalData}
    order by id limit ${limit}
    for update skip locked`.execute(tx);
  return rows.map(({ id }) => id);
}

/** What it is found by, and what operators wrote. */
const ofTheConsole = sql.join(
  (['hold_claims', 'hold_comments', 'name_prefixes'] as const).map(
    (table) =>
      sql`${sql.id(`${table}_gone`)} as (delete from ${sql.table(table)} using ended where shipment_id = ended.id)`,
  ),
);

const hasKeyInUse = sql<boolean>`(credential_state = 'active' and starts_with(person, 'okta:'))`;

/** Keeps a column while the shipment's key works. */
const ofKeyInUse = (column: string, erased = sql`null`): RawBuilder<unknown> =>
  sql`${sql.id(column)} = case when ended.has_key_in_use then shipments.${sql.id(column)} else ${erased} end`;

/** Members of the details in the history that belong to a person. */
const idsInHistory = ['userId', 'enrollmentId'];

const hasPersonalData = sql<boolean>`(
  note is not null or pin_sent_to is not null or login_index is not null or starts_with(person, 'login:')
  or batch_person is not null or tracking_number is not null or tracking_url is not null
  or not (${hasKeyInUse} or starts_with(person, 'erased:'))
  or exists (select from secrets where shipment_id = shipments.id)
  or exists (select from hold_claims where shipment_id = shipments.id)
  or exists (select from name_prefixes where shipment_id = shipments.id)
  or exists (select from hold_comments where shipment_id = shipments.id)
)`;
