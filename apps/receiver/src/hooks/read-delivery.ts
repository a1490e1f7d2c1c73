import { oktaUuid } from '@keycourier/ledger/events/event-keys';
import type { DeliveredEvent } from '@keycourier/ledger/events/event-keys';
import { readDeliveredEvent } from '@keycourier/ledger/events/read-delivered-event';
import { BodyError, type BodyErrorCode } from '@keycourier/runtime/http-body';
import type { JsonFaultCode } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';
import { createStretches } from '@keycourier/runtime/stretches';
import { z } from 'zod';

import { deliveryLimits } from './limits.ts';

/** Okta's envelope, parsed leniently: only the list of events must be there. */
const envelope = z.looseObject({
  // Only Okta's own form is kept and logged; nothing depends on this id.
  eventId: z.string().regex(oktaUuid).nullish().catch(null),
  data: z.looseObject({ events: z.array(z.unknown()) }),
});

export type DeliveryResult =
  | { outcome: 'parsed'; envelopeEventId: string | null; events: readonly DeliveredEvent[] }
  | RefusedDelivery;

interface RefusedDelivery {
  outcome: 'malformed' | 'too_large';
  status: 400 | 413 | 415;
  reason: string;
}

/** Parses a delivery. `reason` names what is missing or too much, and never quotes the request. */
export async function readDelivery(body: Promise<Uint8Array> | AsyncIterable<Uint8Array>): Promise<DeliveryResult> {
  try {
    const result = await readJson(await body, deliveryLimits);
    return result.outcome === 'read' ? await readEnvelope(result.json) : refusalOf(result.fault.code);
  } catch (error) {
    if (error instanceof BodyError) return refusalOf(error.code);
    throw error;
  }
}

async function readEnvelope(json: unknown): Promise<DeliveryResult> {
  const parsed = envelope.safeParse(json);
  if (!parsed.success)
    return malformed('The body is not an event hook delivery: data.events is missing or not a list.');
  const { eventId, data } = parsed.data;
  const pause = createStretches();
  const events: DeliveredEvent[] = [];
  for (const event of data.events) {
    events.push(readDeliveredEvent(event));
    await pause();
  }
  return { outcome: 'parsed', envelopeEventId: eventId ?? null, events: events.toSorted(byTime) };
}

function refusalOf(code: JsonFaultCode | BodyErrorCode): RefusedDelivery {
  switch (code) {
    case 'not_json':
    case 'not_utf8':
    case 'duplicate_member':
      return malformed('The body is not JSON.');
    case 'too_deep':
      return malformed(`The body is nested more than ${deliveryLimits.depth} levels deep.`);
    case 'unreadable':
      return malformed('The body is incomplete, or not compressed as its Content-Encoding declares.');
    case 'unknown_encoding':
      return { ...malformed('Send the body uncompressed, or compressed with gzip, deflate or br.'), status: 415 };
    case 'too_large':
      return tooLarge('5 MiB');
    case 'too_many_items':
      return tooLarge(`${deliveryLimits.lists['data.events']} events`);
    case 'too_many_values':
      return tooLarge(`${deliveryLimits.values} values`);
    case 'too_many_members':
      return tooLarge(`${deliveryLimits.members} members in one object`);
    case 'too_many_elements':
      return tooLarge(`${deliveryLimits.elements} elements in one list`);
    case 'text_too_long':
      return tooLarge(`${deliveryLimits.characters} characters in one text`);
  }
}

const malformed = (reason: string): RefusedDelivery => ({ outcome: 'malformed', status: 400, reason });

const tooLarge = (limit: string): RefusedDelivery => ({
  outcome: 'too_large',
  status: 413,
  reason: `A delivery must not exceed ${limit}.`,
});

/** Events are committed in one fixed order, so that overlapping deliveries wait for each other and never deadlock. */
function byTime(one: DeliveredEvent, other: DeliveredEvent): number {
  const differenceMs = (one.published?.getTime() ?? 0) - (other.published?.getTime() ?? 0);
  return differenceMs === 0 ? Number(one.uuid > other.uuid) - Number(one.uuid < other.uuid) : differenceMs;
}
