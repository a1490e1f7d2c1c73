import { createHash, randomUUID } from 'node:crypto';

import type { MembersEvent } from '@keycourier/journey/1-intake/directory-event';
import { typeOfEachMember, type MembersEventType } from '@keycourier/journey/model/event-types';

import type { Ledger } from '../../connect-ledger.ts';
import { noSubject, type DeliveredEvent } from '../../events/event-keys.ts';
import { recordEvents } from '../../events/record-events.ts';
import { deliveredEvent, recordDirectoryEvents, type DirectoryEvent } from '../record-directory-events.ts';
import { ownerOf, tenantOf, type Scope } from '../scope.ts';
import { readAttributes } from '../users/attributes.ts';
import type { Member } from './change-members.ts';

interface MembershipsOfOneKind {
  type: MembersEventType;
  group: { id: string; name: string };
  members: readonly Member[];
}

/** As many memberships in one write as are recorded one by one at once: more than Okta sends in a request. */
const fewMembers = 500;

/** Of one event: its body is read and sealed in one go. */
const membersOfEvent = 10_000;

/**
 * Records memberships that a write has made or ended, in its transaction. Few have an event each. Many are one event, which
 * names them by ids and from which {@link recordMembers} makes an event for each: the client does not wait for that.
 */
export async function recordMemberEvents(scope: Scope, all: readonly MembershipsOfOneKind[]): Promise<void> {
  if (all.reduce((sum, { members }) => sum + members.length, 0) <= fewMembers)
    return recordDirectoryEvents(scope, all.flatMap(eventsOfEach));
  const { ledger, db, origin } = scope;
  const events = all.flatMap((one) =>
    stretchesOf(one.members, membersOfEvent).map((members) => eventOfMany(scope, { ...one, members })),
  );
  await recordEvents(ledger, db, { tenant: tenantOf(origin), source: 'scim', events });
}

const eventsOfEach = ({ type, group, members }: MembershipsOfOneKind): DirectoryEvent[] =>
  members.map(({ personId, id: membershipId }) => ({
    type: typeOfEachMember[type],
    personId,
    group: { ...group, membershipId },
  }));

function eventOfMany({ ledger, origin }: Scope, { type, group, members }: MembershipsOfOneKind): DeliveredEvent {
  const [uuid, published] = [randomUUID(), ledger.now()];
  const body = {
    uuid,
    eventType: type,
    published: published.toISOString(),
    by: ownerOf(origin),
    groupId: group.id,
    groupName: group.name,
    members: members.map(({ personId, id }) => [personId, id]),
  };
  return { uuid, eventType: type, published, body, setAside: null, subject: noSubject };
}

/**
 * Records an event for each member, some hundred at a time, so that others get their turn. Each has a uuid that follows from
 * the write and the membership: what a process that died had recorded stays as it is, and the rest is added.
 */
export async function recordMembers(ledger: Ledger, tenant: string, event: MembersEvent): Promise<void> {
  for (const members of stretchesOf(event.members, fewMembers)) {
    const people = await readAttributes(
      { ledger, db: ledger.db },
      members.map(([personId]) => personId),
      ['userName', 'externalId'],
    );
    const { published, by } = event;
    const events = members.map(([personId, membershipId]) => {
      const at = { published, by, uuid: uuidOf(event.uuid, membershipId) };
      return deliveredEvent(at, memberEvent(event, personId, membershipId), people.get(personId));
    });
    await recordEvents(ledger, ledger.db, { tenant, source: 'scim', events });
    ledger.notifier.notify();
  }
}

const memberEvent = ({ eventType, groupId, groupName }: MembersEvent, personId: string, membershipId: string) => ({
  type: typeOfEachMember[eventType],
  personId,
  group: { id: groupId, name: groupName, membershipId },
});

/** In the form of RFC 9562 §5.8, which events' uuids have. */
function uuidOf(...names: readonly string[]): string {
  const hex = createHash('sha256').update(names.join('\n')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function stretchesOf<One>(all: readonly One[], length: number): (readonly One[])[] {
  return Array.from({ length: Math.ceil(all.length / length) }, (_, n) => all.slice(n * length, (n + 1) * length));
}
