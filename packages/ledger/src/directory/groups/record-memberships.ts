import { sql } from 'kysely';

import { recordDirectoryEvents, type DirectoryEvent } from '../record-directory-events.ts';
import type { Scope } from '../scope.ts';
import { readAllMembers, type Member, type MembershipChanges } from './change-members.ts';
import { recordMemberEvents } from './many-memberships.ts';

export interface GroupChange {
  id: string;
  /** Its name; null where it did not exist before, or does not afterwards. */
  before: string | null;
  after: string | null;
  changes: MembershipChanges;
}

/**
 * What a request means for shipments: who is effectively a member of a group that makes them, and was not before. A name
 * that makes a group one of those counts for all its members, and one that makes it none ends their memberships.
 */
export async function recordMemberships(scope: Scope, change: GroupChange): Promise<void> {
  const { id, changes } = change;
  const [before, after] = [triggerName(scope, id, change.before), triggerName(scope, id, change.after)];
  if (before === null && after === null) return;
  if (before === after || (before !== null && after !== null && isTriggerById(scope, id))) {
    const { removed, added } = changes;
    return recordMemberEvents(scope, [
      { type: 'scim.group.members_removed', group: { id, name: before ?? '' }, members: listOf(removed) },
      { type: 'scim.group.members_added', group: { id, name: after ?? '' }, members: listOf(added) },
    ]);
  }
  const members = await readAllMembers(scope, id);
  const former = [...members.filter(({ personId }) => !changes.added.has(personId)), ...listOf(changes.removed)];
  await recordMemberEvents(scope, [
    ...(before === null
      ? []
      : [{ type: 'scim.group.members_removed', group: { id, name: before }, members: former } as const]),
    ...(after === null ? [] : [{ type: 'scim.group.members_added', group: { id, name: after }, members } as const]),
  ]);
}

export interface HeldMembership {
  group: NonNullable<DirectoryEvent['group']>;
  since: Date;
  /** Whether the group makes shipments. */
  isTrigger: boolean;
}

/** All memberships of a person, by the group's id. */
export async function readMemberships(
  { db, isTriggerGroup }: Scope,
  personId: string,
): Promise<readonly HeldMembership[]> {
  const { rows } = await sql<{ membershipId: string; id: string; name: string; since: Date }>`
    select directory_members.id as "membershipId", group_id as id, display_name as name, since
    from directory_members join directory_groups on directory_groups.id = group_id
    where person_id = ${personId} order by group_id`.execute(db);
  return rows.map(({ since, ...group }) => ({ group, since, isTrigger: isTriggerGroup(group.name, group.id) }));
}

/** Memberships are effective while the person is active: they begin anew, and intake decides which ask for a key. */
export async function recordReactivated(
  scope: Scope,
  { id: personId, deactivatedAt }: { id: string; deactivatedAt: Date | null },
): Promise<void> {
  const memberships = await readMemberships(scope, personId);
  const events = memberships
    .filter(({ isTrigger }) => isTrigger)
    .map(({ group, since }): DirectoryEvent => {
      const isFromBefore = deactivatedAt !== null && since <= deactivatedAt;
      return {
        type: 'scim.group.member_added',
        personId,
        group,
        ...(isFromBefore && { inactiveSince: deactivatedAt }),
      };
    });
  await recordDirectoryEvents(scope, events);
}

const triggerName = ({ isTriggerGroup }: Scope, id: string, name: string | null): string | null =>
  name !== null && isTriggerGroup(name, id) ? name : null;

/** No group has an empty name: under any name, its id makes shipments. */
const isTriggerById = ({ isTriggerGroup }: Scope, id: string): boolean => isTriggerGroup('', id);

const listOf = (members: ReadonlyMap<string, string>): Member[] =>
  [...members].map(([personId, id]) => ({ personId, id }));
