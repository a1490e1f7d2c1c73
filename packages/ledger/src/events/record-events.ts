import type { EventSource } from '@keycourier/journey/ports/ledger';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { addMessages, priorityOfEvent, stepOfEvent } from '../outbox/add-messages.ts';
import { ofAnyLength, prepared } from '../prepared.ts';
import type { Tables } from '../tables.ts';
import { keyEvents, type DeliveredEvent, type KeyedEvent } from './event-keys.ts';

export interface EventsToRecord {
  tenant: string;
  source: EventSource;
  events: readonly DeliveredEvent[];
}

export interface RecordedEvents {
  recorded: number;
  setAside: number;
}

/** Concurrent deliveries of a tenant count in different rows, so that none waits for another's commit. */
const shards = 8;

/** The day of a moment as Okta counts them, in UTC. */
export const utcDay = (moment: Date): RawBuilder<Date> => sql`(${moment}::timestamptz at time zone 'utc')::date`;

/**
 * Records events in one statement, each once: a known uuid changes nothing, but that a hook delivered it again, or for the
 * first time after catch-up had read it, is noted. The caller notifies the relay after its commit, where anything was recorded.
 */
export async function recordEvents(
  ledger: Ledger,
  db: Kysely<Tables>,
  { tenant, source, events }: EventsToRecord,
): Promise<RecordedEvents> {
  const sealed = { envelopeEventId: null, events: await keyEvents(ledger, tenant, events) };
  const [recorded = nothing] = await insertEvents(ledger, db, { tenant, source, deliveries: [sealed] });
  return recorded;
}

/** A delivery whose events are sealed. */
export interface SealedDelivery {
  envelopeEventId: string | null;
  events: readonly KeyedEvent[];
}

interface SealedDeliveries {
  tenant: string;
  source: EventSource;
  deliveries: readonly SealedDelivery[];
  /** When they were received; now by default. */
  at?: Date;
}

/** The id is of its row: another's, where the uuid was known. */
const insertedEvents = z.array(z.object({ id: z.string(), uuid: z.string(), isNew: z.boolean(), isDue: z.boolean() }));
type InsertedEvent = z.output<typeof insertedEvents>[number];

/** Whether messages were added. */
export const hasDue = (rows: readonly unknown[]): boolean =>
  insertedEvents.parse(rows).some(({ isNew, isDue }) => isNew && isDue);

/** Runs the statement that inserts events, and returns its rows. */
type RunInsert = (statement: RawBuilder<unknown>) => Promise<readonly unknown[]>;

/**
 * The statement of {@link recordEvents}, of deliveries that are sealed already: their results, in the same order. Of two
 * that hold one uuid the first records it, and the second is a redelivery.
 */
export async function insertEvents(
  ledger: Ledger,
  db: Kysely<Tables>,
  sealed: SealedDeliveries & { run?: RunInsert },
): Promise<RecordedEvents[]> {
  const { tenant, source, at = ledger.now(), run } = sealed;
  const counted = source === 'hook' ? sql`, counted as (${countDelivered({ tenant, at, of: countOfAdded })})` : sql``;
  const { recorded, again } = await insertWith(ledger, run ?? runOn(db), { sealed: { ...sealed, at }, counted });
  if (source === 'hook') await countAgain(db, { tenant, again, at });
  return recorded;
}

/** What deliveries of an event hook have inserted, and what is to be counted of them. */
export interface InsertedDeliveries {
  recorded: RecordedEvents[];
  delivered: number;
  again: ReadonlyMap<string, number>;
}

/** The same without its counts, which {@link countInserted} adds at the end of a transaction with several such statements. */
export const insertUncounted = (
  ledger: Ledger,
  db: Kysely<Tables>,
  sealed: SealedDeliveries,
): Promise<InsertedDeliveries> => insertWith(ledger, runOn(db), { sealed, counted: sql`` });

const runOn =
  (db: Kysely<Tables>): RunInsert =>
  async (statement) =>
    (await statement.execute(db)).rows;

export async function countInserted(
  db: Kysely<Tables>,
  { tenant, at, inserted }: { tenant: string; at: Date; inserted: readonly InsertedDeliveries[] },
): Promise<void> {
  const delivered = inserted.reduce((sum, one) => sum + one.delivered, 0);
  if (delivered > 0)
    await countDelivered({ tenant, at, of: sql`(select ${delivered}::bigint as delivered) as of_inserted` }).execute(
      db,
    );
  const again = new Map<string, number>();
  for (const one of inserted) for (const [uuid, times] of one.again) again.set(uuid, (again.get(uuid) ?? 0) + times);
  await countAgain(db, { tenant, again, at });
}

async function insertWith(
  ledger: Ledger,
  run: RunInsert,
  { sealed, counted }: { sealed: SealedDeliveries; counted: RawBuilder<unknown> },
): Promise<InsertedDeliveries> {
  const inserted = await run(sql`${prepared}
    with ${eventInserts(ledger, sealed)}${counted}
    select id, uuid, is_new as "isNew", state = 'received' as "isDue" from added`);
  const rows = insertedEvents.parse(inserted);
  return { ...shareOut(sealed.deliveries, rows), delivered: rows.length };
}

/**
 * The common table expressions `added` and `messages`: the events with their outbox messages, as part of a statement, and
 * only where `condition` holds of it. Inserted in the order of their uuids, or deliveries that overlap could deadlock; the
 * ids keep the order they came in.
 */
export const eventInserts = (
  ledger: Ledger,
  { tenant, source, deliveries, at = ledger.now() }: SealedDeliveries,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> => sql`
  added as (
    insert into inbound_events (id, tenant, uuid, event_type, envelope_event_id, published, received_at, body, state,
      reason, source, user_index, login_index, is_protected)
    select distinct on (uuid) id, ${tenant}, uuid, event_type, envelope_event_id, published, ${at}, body,
      case when reason is null then 'received' else 'set_aside' end, reason, ${source}, user_index, login_index, true
    from ${eventRows(deliveries)}
    where ${condition} and (former_uuid is null or not exists (
      select from inbound_events as known where known.tenant = ${tenant} and known.uuid = former_uuid))
    order by uuid, nth
    on conflict (tenant, uuid) ${onKnown[source]}
    returning id, uuid, event_type, state, xmax = 0 as is_new
  ), messages as (
    ${addMessages(sql`select id, ${stepOfEvent(sql`event_type`, sql.lit(source === 'scim'))}, ${tenant}, ${priorityOfEvent(sql`event_type`)} from added where is_new and state = 'received' order by id`)}
  )`;

const nothing: RecordedEvents = { recorded: 0, setAside: 0 };

/** What each delivery recorded, and how many more times each uuid was delivered. */
function shareOut(
  deliveries: readonly SealedDelivery[],
  rows: readonly InsertedEvent[],
): { recorded: RecordedEvents[]; again: ReadonlyMap<string, number> } {
  const left = new Map(rows.map((row) => [row.uuid, row]));
  const again = new Map<string, number>();
  const recorded = deliveries.map(({ events }) => {
    const own = takeFrom(left, events);
    for (const uuid of uuidsBeside(own, events)) again.set(uuid, (again.get(uuid) ?? 0) + 1);
    const added = [...own.values()].filter(({ isNew }) => isNew);
    return { recorded: added.length, setAside: added.filter(({ isDue }) => !isDue).length };
  });
  return { recorded, again };
}

/** The rows that are the first delivery of these events; no later delivery has them too. */
function takeFrom(left: Map<string, InsertedEvent>, events: readonly KeyedEvent[]): Map<string, InsertedEvent> {
  const own = new Map<string, InsertedEvent>();
  for (const { storedUuid: uuid } of events) {
    const row = left.get(uuid);
    if (row === undefined) continue;
    own.set(uuid, row);
    left.delete(uuid);
  }
  return own;
}

function uuidsBeside(own: ReadonlyMap<string, InsertedEvent>, events: readonly KeyedEvent[]): Set<string> {
  const known = events.filter((event) => !own.has(event.storedUuid));
  return new Set(known.flatMap(({ uuid, storedUuid: stored }) => [stored, uuid]));
}

/** An array's literal, which node-postgres would quote: ids, base64url and Okta's words have no character that needs it. */
const plain = (events: readonly KeyedEvent[], textOf: (event: KeyedEvent) => string | null): string =>
  `{${events.map((event) => textOf(event) ?? 'NULL').join(',')}}`;

/** `former_uuid` is the text under which versions before this one stored an event whose uuid is not Okta's. */
function eventRows(deliveries: readonly SealedDelivery[]): RawBuilder<unknown> {
  const events = deliveries.flatMap((delivery) => delivery.events);
  const envelopes = deliveries.flatMap(({ envelopeEventId, events: { length } }) =>
    Array.from({ length }, () => envelopeEventId),
  );
  const formerUuids = events.map(({ uuid, storedUuid: stored }) => (uuid === stored ? null : uuid));
  return sql`unnest(${ofAnyLength(plain(events, ({ id }) => id))}, ${plain(events, (event) => event.storedUuid)}::text[],
    ${formerUuids}::text[], ${envelopes}::text[], ${plain(events, ({ storedType }) => storedType)}::text[],
    ${events.map(({ published }) => published)}::timestamptz[], ${plain(events, ({ sealedBody }) => sealedBody)}::text[],
    ${events.map(({ setAside }) => setAside)}::text[], ${plain(events, ({ people }) => people.userIndex)}::text[],
    ${plain(events, ({ people }) => people.loginIndex)}::text[]) with ordinality
    as event (id, uuid, former_uuid, envelope_event_id, event_type, published, body, reason, user_index, login_index, nth)`;
}

/** Locked in the order of their uuids, as deliveries that overlap do everything. */
async function countAgain(
  db: Kysely<Tables>,
  { tenant, again, at }: { tenant: string; again: ReadonlyMap<string, number>; at: Date },
): Promise<void> {
  if (again.size === 0) return;
  await sql`
    with again as (
      select known.id, delivered.times from unnest(${[...again.keys()]}::text[], ${[...again.values()]}::int[])
        as delivered (uuid, times)
      join inbound_events as known on known.tenant = ${tenant} and known.uuid = delivered.uuid
      order by known.uuid for update of known
    )
    update inbound_events set redeliveries = redeliveries + again.times, redelivered_at = ${at}
    from again where inbound_events.id = again.id`.execute(db);
}

/** A poll reads known events again and again: it must not write them. */
const onKnown: Readonly<Record<EventSource, RawBuilder<unknown>>> = {
  hook: sql`do update set delivered_at = excluded.received_at
    where inbound_events.source = 'catch_up' and inbound_events.delivered_at is null`,
  catch_up: sql`do nothing`,
  scim: sql`do nothing`,
};

const countOfAdded = sql`(select count(*) as delivered from added) as of_added`;

/** Okta's retry of a delivery adds nothing to `added`, and does not count for its daily cap either. */
const countDelivered = ({
  tenant,
  at,
  of,
}: {
  tenant: string;
  at: Date;
  of: RawBuilder<unknown>;
}): RawBuilder<unknown> => sql`
  insert into event_counts (tenant, day, shard, delivered, last_delivery_at)
  select ${tenant}, ${utcDay(at)}, ${Math.floor(Math.random() * shards)}::int, delivered, ${at} from ${of}
  on conflict (tenant, day, shard) do update set
    delivered = event_counts.delivered + excluded.delivered,
    last_delivery_at = greatest(event_counts.last_delivery_at, excluded.last_delivery_at)`;
