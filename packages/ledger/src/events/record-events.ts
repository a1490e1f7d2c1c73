import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { addMessages, eventStep } from '../outbox/add-messages.ts';
import type { Tables } from '../tables.ts';

export interface DeliveredEvent {
  uuid: string;
  eventType: string;
  published: Date | null;
  /** The event as received, for intake to parse; sealed at rest, since Okta's events name people. */
  body: unknown;
  /** Why it was set aside; null for a valid event. */
  setAside: string | null;
}

/** What brought an event first: an event hook, or a poll of the System Log. */
export type EventSource = 'hook' | 'catch_up';

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
 * Records events in one statement, each once: a known uuid changes nothing, but that a hook's delivery of an event that
 * catch-up had read first is noted. The caller notifies the relay after its commit, where anything was recorded.
 */
export async function recordEvents(
  ledger: Ledger,
  db: Kysely<Tables>,
  toRecord: EventsToRecord,
): Promise<RecordedEvents> {
  const { tenant, source } = toRecord;
  // Inserted in the order of their uuids, or deliveries that overlap could deadlock; the ids keep the order they came in.
  const { rows } = await sql<{ isNew: boolean; isDue: boolean }>`
    with added as (
      insert into inbound_events
        (id, tenant, uuid, event_type, envelope_event_id, published, received_at, body, state, reason, source)
      select distinct on (uuid) id, ${tenant}, uuid, event_type, ${toRecord.envelopeEventId}, published, ${ledger.now()}, body,
        case when reason is null then 'received' else 'set_aside' end, reason, ${source}
      from ${eventRows(ledger, toRecord.events)}
      order by uuid, id
      on conflict (tenant, uuid) ${onKnown[source]}
      returning id, state, xmax = 0 as is_new
    ), messages as (
      ${addMessages(sql`select id, ${eventStep}, ${tenant}, 0 from added where is_new and state = 'received' order by id`)}
    )${source === 'hook' ? sql`, counted as (${countDelivered(ledger, tenant)})` : sql``}
    select is_new as "isNew", state = 'received' as "isDue" from added`.execute(db);
  const added = rows.filter(({ isNew }) => isNew);
  const due = added.filter(({ isDue }) => isDue).length;
  return { recorded: added.length, setAside: added.length - due };
}

function eventRows({ sealing }: Ledger, events: readonly DeliveredEvent[]): RawBuilder<unknown> {
  const ids = events.map(() => newId('evt'));
  const bodies = events.map(({ body }, index) =>
    sealing.seal(JSON.stringify(body), `inbound_events.body:${ids[index] ?? ''}`),
  );
  return sql`unnest(${ids}::text[], ${events.map(({ uuid }) => uuid)}::text[],
    ${events.map(({ eventType }) => eventType)}::text[], ${events.map(({ published }) => published)}::timestamptz[],
    ${bodies}::text[], ${events.map(({ setAside }) => setAside)}::text[])
    as event (id, uuid, event_type, published, body, reason)`;
}

/** A poll reads known events again and again: it must not write them. */
const onKnown: Readonly<Record<EventSource, RawBuilder<unknown>>> = {
  hook: sql`do update set delivered_at = excluded.received_at
    where inbound_events.source = 'catch_up' and inbound_events.delivered_at is null`,
  catch_up: sql`do nothing`,
};

/** Okta's retry of a delivery adds nothing to `added`, and does not count for its daily cap either. */
const countDelivered = (ledger: Ledger, tenant: string): RawBuilder<unknown> => sql`
  insert into event_counts (tenant, day, shard, delivered, last_delivery_at)
  select ${tenant}, ${utcDay(ledger.now())}, ${Math.floor(Math.random() * shards)}::int, count(*), ${ledger.now()} from added
  on conflict (tenant, day, shard) do update set
    delivered = event_counts.delivered + excluded.delivered,
    last_delivery_at = greatest(event_counts.last_delivery_at, excluded.last_delivery_at)`;
