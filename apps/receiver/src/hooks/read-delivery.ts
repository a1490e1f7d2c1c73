import type { DeliveredEvent } from '@keycourier/ledger/events/record-delivery';
import { z } from 'zod';

import { isStorable, readDeliveredEvent } from './read-delivered-event.ts';

/** Okta's envelope, read tolerantly: only where the events are is asked of it. */
const envelope = z.looseObject({
  eventId: z.string().max(256).refine(isStorable).nullish().catch(null),
  data: z.looseObject({ events: z.array(z.unknown()) }),
});

export type DeliveryResult =
  | { outcome: 'read'; envelopeEventId: string | null; events: readonly DeliveredEvent[] }
  | { outcome: 'malformed'; why: string };

/** Parses a delivery once. `why` names what is missing and never quotes what was sent. */
export function readDelivery(body: Buffer): DeliveryResult {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return { outcome: 'malformed', why: 'The body is not JSON.' };
  }
  const parsed = envelope.safeParse(json);
  if (!parsed.success)
    return { outcome: 'malformed', why: 'The body is not an event hook delivery: it has no list at data.events.' };
  const { eventId, data } = parsed.data;
  return {
    outcome: 'read',
    envelopeEventId: eventId ?? null,
    events: data.events.map(readDeliveredEvent).toSorted(byTime),
  };
}

/** The same events are always committed in the same order: deliveries that overlap wait for each other and never deadlock. */
function byTime(one: DeliveredEvent, other: DeliveredEvent): number {
  const apartMs = (one.published?.getTime() ?? 0) - (other.published?.getTime() ?? 0);
  return apartMs === 0 ? Number(one.uuid > other.uuid) - Number(one.uuid < other.uuid) : apartMs;
}
