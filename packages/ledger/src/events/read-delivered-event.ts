import { createHash } from 'node:crypto';

import { eventHead, publishedAt, subjectOf } from '@keycourier/journey/1-intake/okta-event';
import { createStretches } from '@keycourier/runtime/stretches';
import { z } from 'zod';

import { LedgerError } from '../errors.ts';
import { noSubject, oktaUuid } from './event-keys.ts';
import type { DeliveredEvent } from './event-keys.ts';

/** Okta's envelope, parsed leniently: only the list of events must be there. */
const envelope = z.looseObject({
  // Only Okta's own form is kept and logged; nothing depends on this id.
  eventId: z.string().regex(oktaUuid).nullish().catch(null),
  data: z.looseObject({ events: z.array(z.unknown()) }),
});

export interface Envelope {
  envelopeEventId: string | null;
  events: readonly unknown[];
}

/** The content of an event hook's delivery; null where it is none. */
export function readEnvelope(json: unknown): Envelope | null {
  const parsed = envelope.safeParse(json);
  return parsed.success ? { envelopeEventId: parsed.data.eventId ?? null, events: parsed.data.data.events } : null;
}

/** @throws LedgerError `bad_row` for the text of what is no delivery */
export const envelopeIn = (json: unknown): Envelope => {
  const read = readEnvelope(json);
  if (read === null) throw new LedgerError('bad_row', 'What was kept as a delivery is none');
  return read;
};

/** What is recorded of a delivery's events, by time and then by uuid: the order they came in means nothing. */
export async function readDeliveredEvents(events: readonly unknown[]): Promise<DeliveredEvent[]> {
  const pause = createStretches();
  const read: DeliveredEvent[] = [];
  for (const event of events) {
    read.push(readDeliveredEvent(event));
    const rest = pause();
    if (rest !== undefined) await rest;
  }
  return read.toSorted(byTime);
}

function byTime(one: DeliveredEvent, other: DeliveredEvent): number {
  const differenceMs = (one.published?.getTime() ?? 0) - (other.published?.getTime() ?? 0);
  return differenceMs === 0 ? Number(one.uuid > other.uuid) - Number(one.uuid < other.uuid) : differenceMs;
}

/** Deeper than any Okta event, and far below the depth at which recursion fails. */
const maxDepth = 32;

/**
 * What is recorded of one event. An event that intake could not read is set aside with the reason. Its uuid cannot be
 * trusted, so a hash of its content takes its place: a redelivered event changes nothing. The ledger stores that as a keyed hash.
 */
export function readDeliveredEvent(event: unknown): DeliveredEvent {
  if (isDeeperThan(event, maxDepth)) return setAside(cutBelow(event, maxDepth), 'nested too deeply');
  const parsed = eventHead.safeParse(event);
  if (!parsed.success) return setAside(event, `unreadable: ${pathsOf(parsed.error)}`);
  const { uuid, eventType } = parsed.data;
  if (!isStorable(uuid) || !isStorable(eventType))
    return setAside(event, 'uuid or eventType contains NUL or an unpaired surrogate');
  const subject = subjectOf(parsed.data);
  return { uuid, eventType, published: publishedAt(parsed.data), body: event, setAside: null, subject };
}

/** Stored as the type of an event that cannot be read. */
export const unreadableType = 'unreadable';

/** Postgres text cannot hold NUL, and an unpaired surrogate would be stored as another character. */
const isStorable = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/** An event that is set aside: known by a hash of its content. */
export function setAside(event: unknown, reason: string): DeliveredEvent {
  const content = JSON.stringify(event);
  const hash = createHash('sha256').update(content).digest('hex');
  return {
    uuid: `sha256:${hash}`,
    eventType: unreadableType,
    published: null,
    body: event,
    setAside: reason,
    subject: noSubject,
  };
}

/** The paths and issue codes; never a value of the event. */
function pathsOf(error: z.ZodError): string {
  return error.issues.map(({ path, code }) => `${z.core.toDotPath(path) || 'event'} (${code})`).join(', ');
}

/** Whether parsed JSON nests more than `levels` objects and arrays. Never recurses deeper than that. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeperThan(inner, levels - 1)) return true;
  return false;
}

/** A copy in which every object and array below `levels` is replaced by null. */
function cutBelow(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((inner) => cutBelow(inner, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutBelow(inner, levels - 1)]));
}
