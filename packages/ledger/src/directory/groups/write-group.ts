import type { GroupOperation } from '@keycourier/scim-protocol/patch/patch-operation';
import type { WrittenGroup } from '@keycourier/scim-protocol/resources/resource';

import type { Refusal } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { applyToGroup, type AppliedToGroup } from './apply-to-group.ts';
import { noChanges } from './change-members.ts';
import { lockGroup, type GroupToLock } from './lock-group.ts';
import { recordMemberships } from './record-memberships.ts';

/** PATCH: operations in their order, all or none. */
export async function patchGroup(
  scope: Scope,
  toLock: GroupToLock,
  operations: readonly GroupOperation[],
): Promise<AppliedToGroup | Refusal> {
  const locked = await lockGroup(scope, toLock);
  return locked.outcome === 'refused' ? locked : applyToGroup(scope, locked.group, operations);
}

/** PUT. Without `members` they stay: a client that reads a group without them may write it so. */
export const replaceGroup = (
  scope: Scope,
  toLock: GroupToLock,
  group: WrittenGroup,
): Promise<AppliedToGroup | Refusal> => patchGroup(scope, toLock, operationsOf(group));

/** What makes a group the one that was written. */
export const operationsOf = ({ displayName, externalId, members }: WrittenGroup): GroupOperation[] => [
  { kind: 'rename', displayName },
  { kind: 'set_external_id', externalId },
  ...(members === undefined ? [] : [{ kind: 'replace_members', ids: members } as const]),
];

/** Deletes a group; its members stay. */
export async function deleteGroup(
  scope: Scope,
  toLock: GroupToLock,
): Promise<{ outcome: 'deleted'; id: string } | Refusal> {
  const locked = await lockGroup(scope, toLock);
  if (locked.outcome === 'refused') return locked;
  const { id, displayName } = locked.group;
  await recordMemberships(scope, { id, before: displayName, after: null, changes: noChanges() });
  await scope.db.deleteFrom('directory_groups').where('id', '=', id).execute();
  return { outcome: 'deleted', id };
}
