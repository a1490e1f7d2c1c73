import { sql, type Kysely } from 'kysely';
import { z } from 'zod';

import { idAt } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import type { Tables } from '../tables.ts';

/** How far changes were read; made by `changesFromNow()` and passed on from call to call. */
export interface ChangePosition {
  /** The largest ids of the history that were seen, with the time: ids become visible in another order than they were assigned. */
  marks: readonly { at: number; historyId: bigint }[];
  /** What was seen of entries that are still read again. */
  seen: ReadonlySet<string>;
}

/** Of a shipment; or of an action on a filter, which has its id in the place of the shipment's. */
export interface Change {
  tenant: string;
  shipmentId: string;
  batchId: string | null;
}

export interface Changes {
  position: ChangePosition;
  /** Each shipment once. */
  changed: readonly Change[];
  /** More changed than is read at once: any shipment may have. */
  isMore: boolean;
}

/** Entries that become visible later than this after others are not noticed: a page that is open is also read now and then. */
export const overlapMs = 5_000;

/** Entries that are read at once. */
export const maxEntries = 5_000;

const marked = z.object({ historyId: z.coerce.bigint() });

export async function changesFromNow(db: Kysely<Tables>, now: Date): Promise<ChangePosition> {
  const { rows } = await sql`select coalesce(max(id), 0) as "historyId" from history`.execute(db);
  return { marks: [{ at: now.getTime(), ...marked.parse(rows[0]) }], seen: new Set() };
}

/**
 * The shipments that changed since the last call, or whose steps were begun or ended: by the ids of the history and of attempts
 * of the last seconds. It reads what happened in them and nothing else, so that one caller a second, while a page is open,
 * costs next to nothing.
 */
export async function readChangesSince(
  db: Kysely<Tables>,
  { marks, seen }: ChangePosition,
  now: Date,
): Promise<Changes> {
  const oldest = marks.findLast(({ at }) => at <= now.getTime() - overlapMs) ?? marks[0];
  const entries = await readEntries(db, oldest?.historyId ?? 0n, new Date(now.getTime() - 2 * overlapMs));
  const fresh = entries.filter(({ key }) => !seen.has(key));
  const largest = entries.reduce(
    (most, { historyId }) => (historyId !== null && historyId > most ? historyId : most),
    marks.at(-1)?.historyId ?? 0n,
  );
  const kept = marks.filter(({ at }) => oldest === undefined || at >= oldest.at);
  return {
    position: {
      marks: [...kept, { at: now.getTime(), historyId: largest }],
      seen: new Set(entries.map(({ key }) => key)),
    },
    changed: await tenantsOf(db, new Set(fresh.map(({ shipmentId }) => shipmentId))),
    isMore: entries.length >= maxEntries,
  };
}

const entrySchema = z.object({
  key: z.string(),
  shipmentId: z.string(),
  historyId: z.coerce.bigint().nullable(),
});

/** The newest first, so that a flood never keeps the reader from going on. */
async function readEntries(
  db: Kysely<Tables>,
  afterId: bigint,
  startedAfter: Date,
): Promise<readonly z.infer<typeof entrySchema>[]> {
  const { rows } = await sql`${prepared}
    (select id::text as key, shipment_id as "shipmentId", id as "historyId" from history
      where id > ${String(afterId)} order by id desc limit ${maxEntries})
    union all
    (select id || case when ended_at is null then '' else ' ended' end, shipment_id, null from step_attempts
      where id > ${idAt('run', startedAfter)} order by id desc limit ${maxEntries})
    union all
    (select id || turn_at::text, id, null from bulk_actions
      where turn_at > ${startedAfter} order by turn_at desc limit ${maxEntries})`.execute(db);
  return z.array(entrySchema).parse(rows);
}

async function tenantsOf(db: Kysely<Tables>, shipmentIds: ReadonlySet<string>): Promise<readonly Change[]> {
  if (shipmentIds.size === 0) return [];
  return db
    .selectFrom('shipments')
    .select(['tenant', 'id as shipmentId', 'batch_id as batchId'])
    .where('id', 'in', [...shipmentIds])
    .unionAll((query) =>
      query
        .selectFrom('bulk_actions')
        .select(['tenant', 'id as shipmentId', sql<null>`null`.as('batchId')])
        .where('id', 'in', [...shipmentIds]),
    )
    .execute();
}
