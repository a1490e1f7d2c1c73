import { newId } from '../new-id.ts';
import type { Ledger } from '../open-ledger.ts';
import { wakeRelay } from '../knocks/sync-knocks.ts';

export interface DeliveredEvent {
  uuid: string;
  eventType: string;
  published: Date | null;
  /** The event as it came, for intake to parse; sealed at rest, since Okta's events name people. */
  body: unknown;
  /** Why it was set aside instead of counted; null for a good one. */
  setAside: string | null;
}

/**
 * Commits one delivery of an event hook, however many events it holds, in one transaction (invariant 1). An event whose
 * uuid is known already changes nothing.
 * @returns how many were new
 */
export async function recordDelivery(
  ledger: Ledger,
  delivery: { tenant: string; envelopeEventId: string | null; events: readonly DeliveredEvent[] },
): Promise<{ recorded: number }> {
  if (delivery.events.length === 0) return { recorded: 0 };
  const now = ledger.now();
  return ledger.db.transaction().execute(async (tx) => {
    const rows = delivery.events.map((event) => {
      const id = newId('evt');
      return {
        id,
        tenant: delivery.tenant,
        uuid: event.uuid,
        event_type: event.eventType,
        envelope_event_id: delivery.envelopeEventId,
        published: event.published,
        received_at: now,
        body: ledger.sealing.seal(JSON.stringify(event.body), `inbound_events.body:${id}`),
        state: event.setAside === null ? ('received' as const) : ('set_aside' as const),
        reason: event.setAside,
        shipment_id: null,
        settled_at: null,
      };
    });
    const added = await tx
      .insertInto('inbound_events')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['tenant', 'uuid']).doNothing())
      .returning(['id', 'state'])
      .execute();
    const toAccept = added.filter(({ state }) => state === 'received');
    if (toAccept.length > 0) {
      await tx
        .insertInto('knocks')
        .values(toAccept.map(({ id }) => ({ subject_id: id, door: 'accept-event', tenant: delivery.tenant, due_at: now })))
        .execute();
      await wakeRelay(tx);
    }
    return { recorded: added.length };
  });
}
