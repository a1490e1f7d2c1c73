import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { addHistory } from '../shipments/add-history.ts';
import { isDone } from '../shipments/plan-predicates.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Erases the personal data of shipments that ended before their tenant's cut-off: all their secrets, the note, the
 * masked address that the PIN went to, and the hashes of the login. The Okta id stays, since group-add looks for an
 * active key of its owner. A shipment that is open, held or has a next step is skipped; a dry run ends with its check,
 * with any result. Several processes may erase at once: each skips rows that are locked.
 * @returns how many shipments, at most `limit`; fewer mean that nothing is left that no other process has in hand
 */
export async function erasePersonalData(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    // Nothing changes a shipment that has ended, so its last change is its end.
    const locked = await sql<{ id: string }>`
      select id from shipments
      where ${isDone}
        and not exists (select from outbox where subject_id = shipments.id)
        and updated_at < ${cutOffOf(sql.ref('shipments.tenant'), cutOffs)}
        and ${hasPersonalData}
      order by id limit ${limit}
      for update skip locked`.execute(tx);
    if (locked.rows.length === 0) return 0;
    // A statement sees the secrets as they were when it began: what another process erased while this one waited for its
    // lock is seen by the next statement only.
    const erased = await sql`
      with ended as (
        select id from shipments where id = any(${locked.rows.map(({ id }) => id)}) and ${hasPersonalData}
      ), secrets_gone as (
        delete from secrets using ended where shipment_id = ended.id
      ), history_added as (
        ${addHistory(sql`select id, ${ledger.now()}::timestamptz, 'personal_data.erased', '{}'::jsonb from ended`)}
      )
      update shipments
      set note = null, pin_sent_to = null, login_index = null, batch_person = null,
        person = case when starts_with(person, 'login:') then 'erased:' || shipments.id else person end
      from ended where shipments.id = ended.id`.execute(tx);
    return Number(erased.numAffectedRows ?? 0n);
  });
}

const hasPersonalData = sql<boolean>`(
  note is not null or pin_sent_to is not null or login_index is not null or starts_with(person, 'login:')
  or batch_person is not null
  or exists (select from secrets where shipment_id = shipments.id)
)`;
