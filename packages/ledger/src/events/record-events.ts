import type { EventSource } from '@keycourier/journey/ports/ledger';
import { createStretches } from '@keycourier/runtime/stretches';
import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { addMessages, eventStep, priorityOfEvent } from '../outbox/add-messages.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { Tables } from '../tables.ts';
import { personIndexesOf, storedEventType, storedUuid, type PersonIndexes } from './event-keys.ts';

export interface DeliveredEvent {
  uuid: string;
  eventType: string;
  published: Date | null;
  /** The event as received, for intake to parse; sealed at rest, since Okta's events name people. */
  body: unknown;
  /** Why it was set aside; null for a valid event. */
  setAside: string | null;
  /** Who it is about, where its body is not one of Okta's. */
  person?: PersonIndexes;
}

export interface EventsToRecord {
  tenant: string;
  source: EventSource;
  envelopeEventId: string | null;
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
  toRecord: EventsToRecord,
): Promise<RecordedEvents> {
  return insertEvents(ledger, db, { ...toRecord, events: await keyEvents(ledger, toRecord.tenant, toRecord.events) });
}

/** The statement of {@link recordEvents}, of events that are sealed already. */
export async function insertEvents(
  ledger: Ledger,
  db: Kysely<Tables>,
  toRecord: Omit<EventsToRecord, 'events'> & { events: readonly KeyedEvent[] },
): Promise<RecordedEvents> {
  const { tenant, source, events: keyed } = toRecord;
  // Inserted in the order of their uuids, or deliveries that overlap could deadlock; the ids keep the order they came in.
  const { rows } = await sql<{ uuid: string; isNew: boolean; isDue: boolean }>`
    with added as (
      insert into inbound_events (id, tenant, uuid, event_type, envelope_event_id, published, received_at, body, state,
        reason, source, user_index, login_index, is_protected)
      select distinct on (uuid) id, ${tenant}, uuid, event_type, ${toRecord.envelopeEventId}, published, ${ledger.now()}, body,
        case when reason is null then 'received' else 'set_aside' end, reason, ${source}, user_index, login_index, true
      from ${eventRows(keyed)}
      where former_uuid is null or not exists (
        select from inbound_events as known where known.tenant = ${tenant} and known.uuid = former_uuid)
      order by uuid, id
      on conflict (tenant, uuid) ${onKnown[source]}
      returning id, uuid, event_type, state, xmax = 0 as is_new
    ), messages as (
      ${addMessages(sql`select id, ${eventStep}, ${tenant}, ${priorityOfEvent(sql`event_type`)} from added where is_new and state = 'received' order by id`)}
    )${source === 'hook' ? sql`, counted as (${countDelivered(ledger, tenant)})` : sql``}
    select uuid, is_new as "isNew", state = 'received' as "isDue" from added`.execute(db);
  if (source === 'hook') await countAgain(ledger, db, { tenant, known: notAmong(keyed, rows) });
  const added = rows.filter(({ isNew }) => isNew);
  const due = added.filter(({ isDue }) => isDue).length;
  return { recorded: added.length, setAside: added.length - due };
}

/** `uuid` is as delivered, and `storedUuid` as kept. */
export interface KeyedEvent extends DeliveredEvent {
  id: string;
  storedUuid: string;
  storedType: string;
  sealedBody: string;
  people: PersonIndexes;
}

/** Seals and hashes what is kept of each event, in stretches: hundreds of them would hold the event loop. */
export async function keyEvents(
  ledger: Ledger,
  tenant: string,
  events: readonly DeliveredEvent[],
): Promise<KeyedEvent[]> {
  const pause = createStretches();
  const keyed: KeyedEvent[] = [];
  for (const event of events) {
    const id = newId('evt');
    keyed.push({
      ...event,
      id,
      storedUuid: storedUuid(ledger, tenant, event.uuid),
      storedType: storedEventType(ledger, tenant, event.eventType),
      sealedBody: ledger.sealing.seal(JSON.stringify(event.body), sealedContext.eventBody(id)),
      people: event.person ?? personIndexesOf(ledger, tenant, event.body),
    });
    await pause();
  }
  return keyed;
}

/** `former_uuid` is the text under which versions before this one stored an event whose uuid is not Okta's. */
function eventRows(events: readonly KeyedEvent[]): RawBuilder<unknown> {
  const formerUuids = events.map(({ uuid, storedUuid: stored }) => (uuid === stored ? null : uuid));
  return sql`unnest(${events.map(({ id }) => id)}::text[], ${events.map((event) => event.storedUuid)}::text[],
    ${formerUuids}::text[], ${events.map(({ storedType }) => storedType)}::text[],
    ${events.map(({ published }) => published)}::timestamptz[], ${events.map(({ sealedBody }) => sealedBody)}::text[],
    ${events.map(({ setAside }) => setAside)}::text[], ${events.map(({ people }) => people.userIndex)}::text[],
    ${events.map(({ people }) => people.loginIndex)}::text[])
    as event (id, uuid, former_uuid, event_type, published, body, reason, user_index, login_index)`;
}

function notAmong(events: readonly KeyedEvent[], rows: readonly { uuid: string }[]): string[] {
  const recorded = new Set(rows.map(({ uuid }) => uuid));
  const known = events.filter((event) => !recorded.has(event.storedUuid));
  return [...new Set(known.flatMap(({ uuid, storedUuid: stored }) => [stored, uuid]))];
}

/** Locked in the order of their uuids, as deliveries that overlap do everything. */
async function countAgain(
  ledger: Ledger,
  db: Kysely<Tables>,
  { tenant, known }: { tenant: string; known: readonly string[] },
): Promise<void> {
  if (known.length === 0) return;
  await sql`
    with again as (
      select id from inbound_events where tenant = ${tenant} and uuid = any(${known}::text[]) order by uuid for update
    )
    update inbound_events set redeliveries = redeliveries + 1, redelivered_at = ${ledger.now()}
    from again where inbound_events.id = again.id`.execute(db);
}

/** A poll reads known events again and again: it must not write them. */
const onKnown: Readonly<Record<EventSource, RawBuilder<unknown>>> = {
  hook: sql`do update set delivered_at = excluded.received_at
    where inbound_events.source = 'catch_up' and inbound_events.delivered_at is null`,
  catch_up: sql`do nothing`,
  scim: sql`do nothing`,
};

/** Okta's retry of a delivery adds nothing to `added`, and does not count for its daily cap either. */
const countDelivered = (ledger: Ledger, tenant: string): RawBuilder<unknown> => sql`
  insert into event_counts (tenant, day, shard, delivered, last_delivery_at)
  select ${tenant}, ${utcDay(ledger.now())}, ${Math.floor(Math.random() * shards)}::int, count(*), ${ledger.now()} from added
  on conflict (tenant, day, shard) do update set
    delivered = event_counts.delivered + excluded.delivered,
    last_delivery_at = greatest(event_counts.last_delivery_at, excluded.last_delivery_at)`;
