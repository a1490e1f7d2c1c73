import { sql } from 'kysely';

import { readMemberships, type HeldMembership } from '../groups/record-memberships.ts';
import { recordDirectoryEvents, type DirectoryEvent } from '../record-directory-events.ts';
import type { Refusal } from '../refusal.ts';
import { inSavepoint } from '../savepoint.ts';
import type { Scope } from '../scope.ts';
import { lockForDeletion, lockPerson, type LockedPerson, type PersonToLock } from './lock-person.ts';

type Deleted = { outcome: 'deleted'; id: string } | Refusal;

/** Deletes a user and all that is stored about them; their memberships end. */
export async function deleteUser(scope: Scope, toLock: PersonToLock): Promise<Deleted> {
  // A group that the user was added to between the two locks has to be locked first, like every group.
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === 5;
    const result = await inSavepoint(scope.db, () => tryToDelete(scope, toLock, isLast), isKept);
    if (result !== null) return result;
  }
}

const isKept = (result: Deleted | null): boolean => result?.outcome === 'deleted';

async function tryToDelete(scope: Scope, toLock: PersonToLock, isLast: boolean): Promise<Deleted | null> {
  const before = await lockGroupsOf(scope, toLock.id);
  const locked = await lockPerson(scope, toLock, lockForDeletion);
  if (locked.outcome === 'refused') return locked;
  const memberships = await readMemberships(scope, toLock.id);
  if (!isLast && memberships.some(({ group }) => !before.includes(group.id))) return null;
  await recordDirectoryEvents(scope, eventsOf(scope, locked.person, memberships));
  await sql`update directory_groups set version = version + 1, last_modified = ${scope.ledger.now()}
    where id = any(${memberships.map(({ group }) => group.id)}::text[])`.execute(scope.db);
  await scope.db.deleteFrom('people').where('id', '=', toLock.id).execute();
  return { outcome: 'deleted', id: toLock.id };
}

async function lockGroupsOf({ db }: Scope, personId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from directory_groups
    where id in (select group_id from directory_members where person_id = ${personId})
    order by id for no key update`.execute(db);
  return rows.map(({ id }) => id);
}

function eventsOf(scope: Scope, person: LockedPerson, memberships: readonly HeldMembership[]): DirectoryEvent[] {
  const personId = person.id;
  const removed = memberships
    .filter(({ isTrigger }) => isTrigger)
    .map(({ group }): DirectoryEvent => ({ type: 'scim.group.member_removed', personId, group }));
  const gone: DirectoryEvent = {
    type: 'scim.user.deactivated',
    personId,
    deactivatedAt: scope.ledger.now(),
    deleted: true,
  };
  return person.active ? [...removed, gone] : removed;
}
