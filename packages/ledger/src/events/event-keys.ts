import { oktaEvent, subjectOf } from '@keycourier/journey/1-intake/okta-event';
import { createStretches } from '@keycourier/runtime/stretches';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { sealedContext } from '../sealed-columns.ts';
import { loginIndexOf } from '../shipments/person.ts';

/** Okta's uuids of events and of deliveries. What looks otherwise is text that others wrote. */
export const oktaUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Okta's event types: one of its namespaces, then words with dots between (Okta's catalog of event types). */
const oktaEventType =
  /^(?:access|account|ai|analytics|app|application|certification|core|credential|device|directory|entitlement|event_hook|governance|group|iam|inline_hook|integration|mim|network_zone|oauth2|org|pam|pki|plan|platform|policy|principal_rate_limit|rate_limit|realm|report|request|resource|role|scheduled_action|scim|security|self_service|support|system|task|transaction|universal_directory|user|workflow|workflows|zone)(?:\.[a-z0-9_]{1,64}){1,8}$/i;

/** What this version itself writes in place of a type. */
const ownTypes: readonly string[] = ['unreadable'];

const keyed = ({ sealing }: Ledger, ...parts: readonly string[]): string =>
  `hmac:${sealing.blindIndex(parts.join('\n'))}`;

/**
 * The text under which an event is known: Okta's own uuid as it is, anything else as a keyed hash, so that nothing that
 * others wrote is kept in clear and equal texts of a tenant stay equal.
 */
export const storedUuid = (ledger: Ledger, tenant: string, uuid: string): string =>
  oktaUuid.test(uuid) ? uuid : keyed(ledger, 'event uuid', tenant, uuid);

export const storedEventType = (ledger: Ledger, tenant: string, eventType: string): string =>
  oktaEventType.test(eventType) || ownTypes.includes(eventType)
    ? eventType
    : keyed(ledger, 'event type', tenant, eventType);

/** The blind index of an Okta user id in events. */
export const userIndexOf = ({ sealing }: Ledger, tenant: string, userId: string): string =>
  sealing.blindIndex(['event user', tenant, userId].join('\n'));

export interface PersonIndexes {
  userIndex: string | null;
  loginIndex: string | null;
}

/** The user that an event names; by its own word, which counts for looking it up and for nothing else. */
export type Subject = ReturnType<typeof subjectOf>;

/** Of an event that names no user, or cannot be read. */
export const noSubject: Subject = { userId: null, login: null };

/** Blind indexes of the user that an event names. */
export const personIndexesOf = (ledger: Ledger, tenant: string, { userId, login }: Subject): PersonIndexes => ({
  userIndex: userId === null ? null : userIndexOf(ledger, tenant, userId),
  loginIndex: login === null ? null : loginIndexOf(ledger, login),
});

export function subjectOfBody(body: unknown): Subject {
  const parsed = oktaEvent.safeParse(body);
  return parsed.success ? subjectOf(parsed.data) : noSubject;
}

export interface DeliveredEvent {
  uuid: string;
  eventType: string;
  published: Date | null;
  /** The event as received, for intake to parse; sealed at rest, since Okta's events name people. */
  body: unknown;
  /** Why it was set aside; null for a valid event. */
  setAside: string | null;
  /** Who it is about; read from the body where it is absent. */
  subject?: Subject;
}

/** What is kept of an event. `uuid` is as delivered, and `storedUuid` as kept; its body is there sealed alone. */
export interface KeyedEvent extends Pick<DeliveredEvent, 'uuid' | 'published' | 'setAside'> {
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
  const sealed: KeyedEvent[] = [];
  for (const event of events) {
    sealed.push(keyEvent(ledger, tenant, event));
    const rest = pause();
    if (rest !== undefined) await rest;
  }
  return sealed;
}

function keyEvent(ledger: Ledger, tenant: string, event: DeliveredEvent): KeyedEvent {
  const id = newId('evt');
  const { uuid, published, setAside } = event;
  return {
    id,
    uuid,
    published,
    setAside,
    storedUuid: storedUuid(ledger, tenant, uuid),
    storedType: storedEventType(ledger, tenant, event.eventType),
    sealedBody: ledger.sealing.seal(JSON.stringify(event.body), sealedContext.eventBody(id)),
    people: personIndexesOf(ledger, tenant, event.subject ?? subjectOfBody(event.body)),
  };
}
