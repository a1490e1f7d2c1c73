import { foldCase } from '@keycourier/scim-protocol/fold-case';
import type { GroupOperation } from '@keycourier/scim-protocol/patch/patch-operation';
import { sql } from 'kysely';
import pg from 'pg';

import { conflict, type Refusal } from '../refusal.ts';
import { inSavepoint, isNotRefused } from '../savepoint.ts';
import { connectionIdOf, type Scope } from '../scope.ts';
import {
  addMembers,
  areMembersKnown,
  noChanges,
  removeMembers,
  unknownMember,
  type MembershipChanges,
} from './change-members.ts';
import type { LockedGroup } from './lock-group.ts';
import { recordMemberships } from './record-memberships.ts';

export interface AppliedToGroup {
  outcome: 'updated' | 'unchanged';
  id: string;
  claimed: boolean;
}

/**
 * Applies operations to a locked group in their order, all or none. Each is a statement or two, however many members it
 * names; no member is read to add or remove another.
 */
export async function applyToGroup(
  scope: Scope,
  group: LockedGroup,
  operations: readonly GroupOperation[],
): Promise<AppliedToGroup | Refusal> {
  try {
    return await inSavepoint(scope.db, () => applyAll(scope, group, operations), isNotRefused);
  } catch (error) {
    if (isGroupNameTaken(error)) return groupNameTaken;
    throw error;
  }
}

export const groupNameTaken = conflict(
  'group_name_taken',
  'Another group has this displayName, which has to be unique: use that group, or rename one of the two.',
);

const isGroupNameTaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'directory_groups_name';

interface GroupState {
  displayName: string;
  externalId: string | null;
}

async function applyAll(
  scope: Scope,
  group: LockedGroup,
  operations: readonly GroupOperation[],
): Promise<AppliedToGroup | Refusal> {
  // Another connection's externalId is not there (RFC 7643 §3.1), until this one owns the group.
  const before = { displayName: group.displayName, externalId: group.claim === 'own' ? group.externalId : null };
  const after = { ...before };
  const changes = noChanges();
  for (const operation of operations) {
    const refused = await applyOne({ scope, group, after, changes }, operation);
    if (refused !== null) return refused;
  }
  const isIdChanged = group.claim === 'own' && after.externalId !== before.externalId;
  const isChanged =
    after.displayName !== before.displayName || isIdChanged || changes.added.size > 0 || changes.removed.size > 0;
  const claimed = group.claim === 'on_write' || (group.claim === 'on_change' && isChanged);
  if (isChanged || claimed) await updateRow(scope, group, { after, isChanged, claimed });
  await recordMemberships(scope, { id: group.id, before: before.displayName, after: after.displayName, changes });
  return { outcome: isChanged ? 'updated' : 'unchanged', id: group.id, claimed };
}

interface Applying {
  scope: Scope;
  group: LockedGroup;
  after: GroupState;
  changes: MembershipChanges;
}

async function applyOne(
  { scope, group, after, changes }: Applying,
  operation: GroupOperation,
): Promise<Refusal | null> {
  switch (operation.kind) {
    case 'rename':
      after.displayName = operation.displayName;
      return null;
    case 'set_external_id':
      after.externalId = operation.externalId;
      return null;
    case 'add_members':
      return addKnown({ scope, group, changes }, operation.ids);
    case 'remove_members':
      await removeMembers(scope, group.id, { which: 'named', personIds: operation.ids, changes });
      return null;
    case 'replace_members':
      await removeMembers(scope, group.id, { which: 'not_named', personIds: operation.ids, changes });
      return addKnown({ scope, group, changes }, operation.ids);
    case 'remove_all_members':
      await removeMembers(scope, group.id, { which: 'not_named', personIds: [], changes });
      return null;
  }
}

async function addKnown(
  { scope, group, changes }: Omit<Applying, 'after'>,
  personIds: readonly string[],
): Promise<Refusal | null> {
  if (personIds.length === 0) return null;
  if (!(await areMembersKnown(scope, personIds))) return unknownMember;
  await addMembers(scope, group.id, { personIds, changes });
  return null;
}

async function updateRow(
  { ledger, db, origin }: Scope,
  group: LockedGroup,
  { after, isChanged, claimed }: { after: GroupState; isChanged: boolean; claimed: boolean },
): Promise<void> {
  await db
    .updateTable('directory_groups')
    .set({
      display_name: after.displayName,
      folded: foldCase(after.displayName),
      ...((claimed || group.claim === 'own') && { external_id: after.externalId }),
      ...(isChanged && { last_modified: ledger.now(), version: sql<string>`version + 1` }),
      ...(claimed && { connection_id: connectionIdOf(origin) }),
    })
    .where('id', '=', group.id)
    .execute();
}
