import { createHash } from 'node:crypto';

import { oktaEvent } from '@keycourier/journey/1-intake/okta-event';
import type { DeliveredEvent } from '@keycourier/ledger/events/record-delivery';
import { z } from 'zod';

import { cutBelow, isDeeperThan } from './depth.ts';

/** Deeper than any event of Okta's; far from where recursion over it would fail. */
const deepestLevel = 32;

const publishedAt = z.iso.datetime({ offset: true });

/**
 * What is recorded of one event. One that intake could not read is set aside with the reason and, since its uuid cannot
 * be trusted, under a hash of its content: delivered again, it still changes nothing.
 */
export function readDeliveredEvent(event: unknown): DeliveredEvent {
  if (isDeeperThan(event, deepestLevel)) return setAside(cutBelow(event, deepestLevel), 'it is nested too deeply');
  const parsed = oktaEvent.safeParse(event);
  if (!parsed.success) return setAside(event, `it cannot be read: ${whereOf(parsed.error)}`);
  const { uuid, eventType } = parsed.data;
  if (!isStorable(uuid) || !isStorable(eventType))
    return setAside(event, 'its uuid or eventType holds NUL or half a character');
  return { uuid, eventType, published: timeOf(parsed.data['published']), body: event, setAside: null };
}

/** Postgres has no NUL in text, and half of a surrogate pair would be stored as another character. */
export const isStorable = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

function setAside(event: unknown, reason: string): DeliveredEvent {
  const content = JSON.stringify(event);
  const hash = createHash('sha256').update(content).digest('hex');
  return { uuid: `sha256:${hash}`, eventType: 'unreadable', published: null, body: event, setAside: reason };
}

/** Names of fields that the schema knows, and positions; nothing that was sent. */
function whereOf(error: z.ZodError): string {
  return error.issues.map(({ path, code }) => `${z.core.toDotPath(path) || 'event'} (${code})`).join(', ');
}

function timeOf(published: unknown): Date | null {
  const parsed = publishedAt.safeParse(published);
  return parsed.success ? new Date(parsed.data) : null;
}
