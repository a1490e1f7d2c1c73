import { randomUUID } from 'node:crypto';

import type { DirectoryEventType } from '@keycourier/journey/model/event-types';
import { isOktaUserId } from '@keycourier/journey/model/outside-id';
import type { RawBuilder } from 'kysely';

import { keyEvents, type DeliveredEvent, type KeyedEvent } from '../events/event-keys.ts';
import { eventInserts, insertEvents } from '../events/record-events.ts';
import { ownerOf, tenantOf, type ReadScope, type Scope } from './scope.ts';
import { readAttributes, type Attributes } from './users/attributes.ts';

/** When a write was, and whose. */
export interface WrittenAt {
  published: Date;
  /** A connection's id, or `manual`. */
  by: string;
}

export interface DirectoryEvent {
  type: DirectoryEventType;
  personId: string;
  /** Where they are at hand; else they are read. */
  attributes?: Attributes;
  /** Of a membership. */
  group?: { id: string; name: string; membershipId: string };
  /** Of `scim.group.member_added`, for a member from before who was inactive since then: see docs/decisions/0047. */
  inactiveSince?: Date;
  /** Of `scim.user.deactivated`; `deleted` where the person is gone altogether. */
  deactivatedAt?: Date;
  deleted?: boolean;
  /** Of `scim.user.updated`: the names of the attributes that are different now. */
  changed?: readonly string[];
}

/** As many events a statement as keep its parameters small, and the time in which they are written to the connection. */
const chunk = 500;

/**
 * Puts what a write means for shipments into the inbox, in the write's own transaction: either both happen or neither.
 * Where a person is deleted, before it is.
 */
export async function recordDirectoryEvents(scope: Scope, events: readonly DirectoryEvent[]): Promise<void> {
  let sealed: readonly KeyedEvent[] = [];
  for (let start = 0; start < events.length; start += chunk) {
    const next = events.slice(start, start + chunk);
    // A chunk is sealed while Postgres inserts the one before: each takes half of the time.
    [sealed] = await Promise.all([keyDirectoryEvents(scope, next), insert(scope, sealed)]);
  }
  await insert(scope, sealed);
}

async function insert(scope: Scope, events: readonly KeyedEvent[]): Promise<void> {
  if (events.length > 0) await insertEvents(scope.ledger, scope.db, ofDirectory(scope, events));
}

const ofDirectory = ({ origin }: ReadScope, events: readonly KeyedEvent[]) =>
  ({ tenant: tenantOf(origin), source: 'scim', deliveries: [{ envelopeEventId: null, events }] }) as const;

async function keyDirectoryEvents(scope: ReadScope, events: readonly DirectoryEvent[]): Promise<KeyedEvent[]> {
  return keyEvents(scope.ledger, tenantOf(scope.origin), await deliver(scope, events));
}

/** {@link recordDirectoryEvents} as a part of the write's own statement, where `condition` holds of it. */
export const directoryEventInserts = async (
  scope: ReadScope,
  events: readonly DirectoryEvent[],
  condition: RawBuilder<unknown>,
): Promise<RawBuilder<unknown>> =>
  eventInserts(scope.ledger, ofDirectory(scope, await keyDirectoryEvents(scope, events)), condition);

async function deliver(scope: ReadScope, events: readonly DirectoryEvent[]): Promise<DeliveredEvent[]> {
  const unread = events.filter(({ attributes }) => attributes === undefined).map(({ personId }) => personId);
  const people = await readAttributes(scope, [...new Set(unread)], ['userName', 'externalId']);
  const at = { published: scope.ledger.now(), by: ownerOf(scope.origin) };
  return events.map((event) =>
    deliveredEvent({ ...at, uuid: randomUUID() }, event, event.attributes ?? people.get(event.personId)),
  );
}

/** An event as it is recorded; `person` has its userName and its externalId. */
export function deliveredEvent(
  { uuid, published, by }: WrittenAt & { uuid: string },
  { type, personId, group, inactiveSince, deactivatedAt, deleted, changed }: DirectoryEvent,
  person: Attributes | undefined,
): DeliveredEvent {
  const [userName, externalId] = [person?.get('userName'), person?.get('externalId')];
  const login = typeof userName === 'string' ? userName : null;
  const userId = typeof externalId === 'string' && isOktaUserId(externalId) ? externalId : null;
  return {
    uuid,
    eventType: type,
    published,
    setAside: null,
    subject: { userId, login },
    body: {
      uuid,
      eventType: type,
      published: published.toISOString(),
      personId,
      userName: login,
      oktaUserId: userId,
      by,
      ...(group && { groupId: group.id, groupName: group.name, membershipId: group.membershipId }),
      ...(inactiveSince && { inactiveSince: inactiveSince.toISOString() }),
      ...(deactivatedAt && { deactivatedAt: deactivatedAt.toISOString() }),
      ...(deleted === true && { deleted }),
      ...(changed && { changed }),
    },
  };
}
