import { isStorable, readDeliveredEvent } from '@keycourier/ledger/events/read-delivered-event';
import type { DeliveredEvent } from '@keycourier/ledger/events/record-events';
import { z } from 'zod';

/** Okta's envelope, parsed leniently: only the list of events must be there. */
const envelope = z.looseObject({
  eventId: z.string().max(256).refine(isStorable).nullish().catch(null),
  data: z.looseObject({ events: z.array(z.unknown()) }),
});

export type DeliveryResult =
  | { outcome: 'parsed'; envelopeEventId: string | null; events: readonly DeliveredEvent[] }
  | { outcome: 'malformed'; reason: string };

/** Parses a delivery. `reason` names what is missing and never quotes the request. */
export function readDelivery(body: Buffer): DeliveryResult {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return { outcome: 'malformed', reason: 'The body is not JSON.' };
  }
  const parsed = envelope.safeParse(json);
  if (!parsed.success)
    return {
      outcome: 'malformed',
      reason: 'The body is not an event hook delivery: data.events is missing or not a list.',
    };
  const { eventId, data } = parsed.data;
  return {
    outcome: 'parsed',
    envelopeEventId: eventId ?? null,
    events: data.events.map(readDeliveredEvent).toSorted(byTime),
  };
}

/** Events are committed in one fixed order, so that overlapping deliveries wait for each other and never deadlock. */
function byTime(one: DeliveredEvent, other: DeliveredEvent): number {
  const differenceMs = (one.published?.getTime() ?? 0) - (other.published?.getTime() ?? 0);
  return differenceMs === 0 ? Number(one.uuid > other.uuid) - Number(one.uuid < other.uuid) : differenceMs;
}
