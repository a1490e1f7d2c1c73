import { owed } from '@keycourier/journey/model/plan';
import { sql } from 'kysely';

import { LedgerError } from '../errors.ts';
import type { Ledger } from '../connect-ledger.ts';
import { fillSlots, isWaiting } from '../shipments/grant-slots.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { planColumns, planFromRow } from '../shipments/shipment-row.ts';
import { withKnocks } from './sync-outbox.ts';

/** Publishes every knock again, for a queue store that was lost (invariant 7). Jobs that are still there are answered twice, harmlessly. */
export async function publishEverythingAgain(ledger: Ledger): Promise<number> {
  // Whoever has a knock locked is changing it; waiting for them, with others locked, could deadlock.
  const again = await sql`
    update knocks set published_at = null, turn = nextval('knock_turn') where (subject_id, door) in (
      select subject_id, door from knocks where published_at is not null for update skip locked
    )`.execute(ledger.db);
  ledger.bell.ring();
  return Number(again.numAffectedRows ?? 0n);
}

/**
 * Mends the knocks of open shipments that are not what the plan owes, and of events that nobody was told of; lets the
 * lines move where a place is free but nobody was let in: a pause that ran out, a grace that ended. Normally there is
 * nothing to mend: after an upgrade that changed the plan there may be.
 * @returns the shipments and events that were mended
 * @throws LedgerError `cannot_mend` when one could not be read, after all others were seen to
 */
export async function mendKnocks(ledger: Ledger, limit: number): Promise<readonly string[]> {
  const mended = await mendEvents(ledger, limit);
  const failures: unknown[] = [];
  const attempt = async (id: string, work: () => Promise<boolean>): Promise<void> => {
    try {
      if (await work()) mended.push(id);
    } catch (cause) {
      failures.push(cause);
    }
  };
  for (const id of await findWrong(ledger, limit)) await attempt(id, () => mendShipment(ledger, id));
  for (const tenant of await findWaiting(ledger))
    await attempt(tenant, async () => {
      const letIn = await ledger.db.transaction().execute((tx) => fillSlots(ledger, tx, tenant));
      if (letIn.length > 0) ledger.bell.ring();
      return false;
    });
  if (mended.length > 0) ledger.bell.ring();
  if (failures.length > 0)
    throw new LedgerError('cannot_mend', `${failures.length} could not be mended`, { cause: failures[0] });
  return mended;
}

/** An event is recorded with its knock, so this finds something only where knocks were deleted by hand. */
async function mendEvents(ledger: Ledger, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into knocks (subject_id, door, tenant)
    select id, 'accept-event', tenant from inbound_events
    where state = 'received' and not exists (select from knocks where subject_id = inbound_events.id)
    order by id limit ${limit}
    on conflict do nothing
    returning subject_id as id`.execute(ledger.db);
  return rows.map(({ id }) => id);
}

/** The plan is asked once for each combination of states and knocks that there is, however many shipments share it. */
async function findWrong(ledger: Ledger, limit: number): Promise<readonly string[]> {
  const combinations = await ledger.db
    .with('known', (db) =>
      db
        .selectFrom('knocks')
        .select(['subject_id', sql<string[]>`array_agg(door order by door)`.as('doors')])
        .groupBy('subject_id'),
    )
    .selectFrom('shipments')
    .leftJoin('known', 'subject_id', 'id')
    .select([...planColumns, 'doors', sql<string[]>`(array_agg(id))[1:${sql.lit(limit)}]`.as('ids')])
    .where(mayOwe)
    .groupBy([...planColumns, 'doors'])
    .execute();
  const wrong = combinations.filter((row) => String(owed(planFromRow(row)).toSorted()) !== String(row.doors ?? []));
  return wrong.flatMap(({ ids }) => ids).slice(0, limit);
}

/** In the words of the indexes `shipments_not_over` and `shipments_over_and_owing`. */
const mayOwe = sql<boolean>`(order_state not in ('closed', 'cancelled', 'failed')
  or (order_state = 'cancelled' and credential_state = 'pending')
  or (order_state = 'closed' and credential_state = 'active' and (revoke_requested or pin_state <> 'sent')))`;

async function mendShipment(ledger: Ledger, id: string): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const shipment = await lockShipment(ledger, tx, id);
    const changed = await withKnocks(tx, shipment)
      .selectFrom('knocks_gone')
      .select('door')
      .unionAll((db) => db.selectFrom('knocks_added').select('door'))
      .execute();
    return changed.length > 0;
  });
}

async function findWaiting(ledger: Ledger): Promise<readonly string[]> {
  const rows = await ledger.db.selectFrom('shipments').select('tenant').distinct().where(isWaiting).execute();
  return rows.map(({ tenant }) => tenant);
}
