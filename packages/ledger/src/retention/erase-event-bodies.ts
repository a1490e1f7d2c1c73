import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { maxFailures } from '../deliveries/put-off-delivery.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs, Part } from './policy.ts';

/**
 * Erases the bodies of events that were processed, or set aside, before their tenant's cut-off, and the indexes of whom
 * they name. The uuid stays, so that the event is still known when it is delivered again. Several processes may erase at
 * once.
 * @returns the ids of the events, in order; fewer than `limit` mean that nothing is left to erase behind `after`
 */
export async function eraseEventBodies(
  ledger: Ledger,
  cutOffs: CutOffs,
  { after, limit }: Part,
): Promise<readonly string[]> {
  // An event that is set aside is never processed: its time is that of its arrival.
  const { rows } = await sql<{ id: string }>`
    with done as (
      select id from inbound_events
      where id > ${after} and (body is not null or user_index is not null or login_index is not null) and state <> 'received'
        and coalesce(processed_at, received_at) < ${cutOffOf(sql.ref('inbound_events.tenant'), cutOffs)}
      order by id limit ${limit}
      for update skip locked
    ), erased as (
      update inbound_events set body = null, user_index = null, login_index = null
      from done where inbound_events.id = done.id returning done.id
    )
    select id from erased order by id`.execute(ledger.db);
  return rows.map(({ id }) => id);
}

/** Deletes deliveries that could not be unpacked, and were received before their tenant's cut-off. @returns how many, at most `limit` */
export async function eraseDeliveries(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  const erased = await sql`
    with old as (
      select tenant, priority, id from inbound_deliveries
      where failures >= ${maxFailures} and received_at < ${cutOffOf(sql.ref('inbound_deliveries.tenant'), cutOffs)}
      limit ${limit} for update skip locked
    )
    delete from inbound_deliveries using old
    where (inbound_deliveries.tenant, inbound_deliveries.priority, inbound_deliveries.id) = (old.tenant, old.priority, old.id)`.execute(
    ledger.db,
  );
  return Number(erased.numAffectedRows ?? 0n);
}
