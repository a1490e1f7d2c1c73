import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';

/** What is counted of a shipment's history, in the order of its journey. */
export const dailyEvents = [
  'requested',
  'ordered',
  'shipped',
  'delivered',
  'activated',
  'pin_sent',
  'held',
  'failed',
  'cancelled',
  'revoked',
] as const;

export type DailyEvent = (typeof dailyEvents)[number];

const position = z.object({
  countedTo: z.coerce.bigint(),
  nextTo: z.coerce.bigint().nullable(),
  isOfAnotherCluster: z.boolean(),
  hasNextXid: z.boolean(),
  isComplete: z.boolean(),
});

type Position = z.infer<typeof position>;

/**
 * Counts the history into `daily_counts`, each entry exactly once, at most `limit` ids of it. Entries become visible in another
 * order than their ids were assigned. So an end is set first; a later call notes the transactions of that time, and entries
 * up to that end are counted by a call that finds all those transactions ended. Any number of workers may call it.
 * @returns whether there is more to count at once
 */
export async function countDays(ledger: Pick<Ledger, 'db'>, limit: number): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const at = await lockPosition(tx);
    if (at === null) return false;
    if (at.nextTo === null || at.isOfAnotherCluster) return setEnd(tx, at);
    if (!at.hasNextXid) {
      await sql`update count_positions set next_xid = pg_snapshot_xmax(pg_current_snapshot())
        where name = 'history'`.execute(tx);
      return false;
    }
    if (!at.isComplete) return false;
    const upTo = at.nextTo - at.countedTo > BigInt(limit) ? at.countedTo + BigInt(limit) : at.nextTo;
    await addCounts(tx, { after: at.countedTo, upTo });
    const isEnd = upTo === at.nextTo;
    await sql`update count_positions set counted_to = ${String(upTo)}
      ${isEnd ? sql`, next_to = null, next_xid = null` : sql``} where name = 'history'`.execute(tx);
    return true;
  });
}

async function lockPosition(tx: Tx): Promise<Position | null> {
  const { rows } = await sql`
    select counted_to as "countedTo", next_to as "nextTo", next_xid is not null as "hasNextXid",
      coalesce(next_xid > pg_snapshot_xmax(pg_current_snapshot()), false) as "isOfAnotherCluster",
      coalesce(next_xid <= pg_snapshot_xmin(pg_current_snapshot()), false) as "isComplete"
    from count_positions where name = 'history' for update skip locked`.execute(tx);
  const [row] = rows;
  return row === undefined ? null : position.parse(row);
}

/** Ids up to the largest one that is visible now: their transactions have begun. */
async function setEnd(tx: Tx, { countedTo }: Position): Promise<boolean> {
  const { rows } = await sql`
    update count_positions set next_xid = null, next_to = (
      select max(id) from history where id > ${String(countedTo)}
    ) where name = 'history' returning next_to as "nextTo"`.execute(tx);
  return z.object({ nextTo: z.string().nullable() }).parse(rows[0]).nextTo !== null;
}

/** Of a change of a facet, as it is in the history. */
const moved = (facet: string, from: string, to: string): RawBuilder<boolean> =>
  sql<boolean>`detail ->> ${sql.lit(facet)} like ${sql.lit(`${from} → ${to}`)}`;

const conditions: Readonly<Record<DailyEvent, RawBuilder<boolean>>> = {
  requested: sql`event = 'shipment.requested'`,
  ordered: moved('order', 'placing', 'placed'),
  shipped: sql`(${moved('parcel', 'preparing', 'in_transit')} or ${moved('parcel', 'preparing', 'delivered')})`,
  delivered: moved('parcel', '%', 'delivered'),
  activated: moved('credential', '%', 'active'),
  pin_sent: moved('pin', 'sending', 'sent'),
  held: sql`detail ->> 'hold' <> 'cleared'`,
  failed: moved('order', '%', 'failed'),
  cancelled: moved('order', '%', 'cancelled'),
  revoked: moved('credential', '%', 'revoked'),
};

const counted = sql.join(dailyEvents.map((what) => sql`(${sql.lit(what)}, ${conditions[what]})`));

async function addCounts(tx: Tx, { after, upTo }: { after: bigint; upTo: bigint }): Promise<void> {
  await sql`
    insert into daily_counts as known (tenant, day, what, count)
    select tenant, (at at time zone 'utc')::date, what, count(*)
    from history join shipments on shipments.id = shipment_id, lateral (values ${counted}) as counted (what, is_so)
    where history.id > ${String(after)} and history.id <= ${String(upTo)} and is_so and not dry_run
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (tenant, day, what) do update set count = known.count + excluded.count`.execute(tx);
}
