import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { addMessages, eventStep } from '../outbox/add-messages.ts';

export interface DeliveredEvent {
  uuid: string;
  eventType: string;
  published: Date | null;
  /** The event as received, for intake to parse; sealed at rest, since Okta's events name people. */
  body: unknown;
  /** Why it was set aside; null for a valid event. */
  setAside: string | null;
}

/**
 * Commits one delivery of an event hook, however many events it holds, in one statement (invariant 1). An event with a
 * known uuid changes nothing.
 * @returns how many were new, and how many of those are set aside
 */
export async function recordDelivery(
  ledger: Ledger,
  delivery: { tenant: string; envelopeEventId: string | null; events: readonly DeliveredEvent[] },
): Promise<{ recorded: number; setAside: number }> {
  const { tenant, envelopeEventId, events } = delivery;
  if (events.length === 0) return { recorded: 0, setAside: 0 };
  const ids = events.map(() => newId('evt'));
  const bodies = events.map(({ body }, index) =>
    ledger.sealing.seal(JSON.stringify(body), `inbound_events.body:${ids[index] ?? ''}`),
  );
  // Inserted in the order of their uuids, or deliveries that overlap could deadlock; the ids keep the order they came in.
  const { rows } = await sql<{ isDue: boolean }>`
    with added as (
      insert into inbound_events (id, tenant, uuid, event_type, envelope_event_id, published, received_at, body, state, reason)
      select id, ${tenant}, uuid, event_type, ${envelopeEventId}, published, ${ledger.now()}, body,
        case when reason is null then 'received' else 'set_aside' end, reason
      from unnest(${ids}::text[], ${events.map(({ uuid }) => uuid)}::text[], ${events.map(({ eventType }) => eventType)}::text[],
        ${events.map(({ published }) => published)}::timestamptz[], ${bodies}::text[],
        ${events.map(({ setAside }) => setAside)}::text[]) as event (id, uuid, event_type, published, body, reason)
      order by uuid, id
      on conflict (tenant, uuid) do nothing
      returning id, state
    ), messages as (
      ${addMessages(sql`select id, ${eventStep}, ${tenant}, 0 from added where state = 'received' order by id`)}
    )
    select state = 'received' as "isDue" from added`.execute(ledger.db);
  const due = rows.filter(({ isDue }) => isDue).length;
  if (due > 0) ledger.notifier.notify();
  return { recorded: rows.length, setAside: rows.length - due };
}
