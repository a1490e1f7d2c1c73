import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { maxFailures } from '../deliveries/put-off-delivery.ts';
import { cutOffOf } from './cut-off.ts';
import type { CutOffs } from './policy.ts';

/**
 * Erases the bodies of events that were processed, or set aside, before their tenant's cut-off, and the indexes of whom
 * they name. The uuid stays, so that the event is still known when it is delivered again. Several processes may erase at
 * once.
 * @returns how many events, at most `limit`; fewer mean that nothing is left to erase
 */
export async function eraseEventBodies(ledger: Ledger, cutOffs: CutOffs, limit: number): Promise<number> {
  // An event that is set aside is never processed: its time is that of its arrival.
  const erased = await sql`
    with done as (
      select id from inbound_events
      where (body is not null or user_index is not null or login_index is not null) and state <> 'received'
        and coalesce(processed_at, received_at) < ${cutOffOf(sql.ref('inbound_events.tenant'), cutOffs)}
      order by id limit ${limit}
      for update skip locked
    )
    update inbound_events set body = null, user_index = null, login_index = null from done where inbound_events.id = done.id`.execute(
    ledger.db,
  );
  return Number(erased.numAffectedRows ?? 0n);
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
