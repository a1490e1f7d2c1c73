import { foldCase } from '@keycourier/scim-protocol/fold-case';
import type { WrittenGroup } from '@keycourier/scim-protocol/resources/resource';
import { sql } from 'kysely';

import { newId } from '../../new-id.ts';
import { conflict, ownedByClient, type Refusal } from '../refusal.ts';
import { inSavepoint, isNotRefused } from '../savepoint.ts';
import { claimOf, connectionIdOf, manualOwner, tenantOf, type Scope } from '../scope.ts';
import { applyToGroup, groupNameTaken } from './apply-to-group.ts';
import { addMembers, areMembersKnown, noChanges, unknownMember } from './change-members.ts';
import { groupColumns, type GroupRow } from './lock-group.ts';
import { recordMemberships } from './record-memberships.ts';
import { operationsOf } from './write-group.ts';

export interface CreatedGroup {
  /** `linked`: one of another owner, which keeps its id. */
  outcome: 'created' | 'linked';
  id: string;
}

/** Creates a group with its members, or takes over the one of this name where the connection may. */
export async function createGroup(scope: Scope, group: WrittenGroup): Promise<CreatedGroup | Refusal> {
  // Another request may create the same group between the insertion and the search, or delete it.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const created = await inSavepoint(scope.db, () => insertGroup(scope, group), isNotRefused);
    if (created.outcome !== 'exists') return created;
    const namesake = await lockNamesake(scope, group.displayName);
    if (namesake !== undefined) return linkGroup(scope, namesake, group);
  }
  return groupNameTaken;
}

async function insertGroup(
  scope: Scope,
  { displayName, externalId, members = [] }: WrittenGroup,
): Promise<CreatedGroup | Refusal | { outcome: 'exists' }> {
  const { ledger, db, origin } = scope;
  const [id, now] = [newId('grp'), ledger.now()];
  const { rows } = await sql`
    insert into directory_groups (id, tenant, connection_id, display_name, folded, external_id, created_at, last_modified)
    values (${id}, ${tenantOf(origin)}, ${connectionIdOf(origin)}, ${displayName}, ${foldCase(displayName)}, ${externalId},
      ${now}, ${now})
    on conflict (tenant, folded) do nothing returning id`.execute(db);
  if (rows.length === 0) return { outcome: 'exists' };
  if (!(await areMembersKnown(scope, members))) return unknownMember;
  const changes = noChanges();
  await addMembers(scope, id, { personIds: members, changes });
  await recordMemberships(scope, { id, before: null, after: displayName, changes });
  return { outcome: 'created', id };
}

async function lockNamesake({ db, origin }: Scope, displayName: string): Promise<GroupRow | undefined> {
  const { rows } = await sql<GroupRow>`
    select ${groupColumns} from directory_groups
    where tenant = ${tenantOf(origin)} and folded = ${foldCase(displayName)} for no key update`.execute(db);
  return rows[0];
}

async function linkGroup(scope: Scope, namesake: GroupRow, group: WrittenGroup): Promise<CreatedGroup | Refusal> {
  const claim = claimOf(scope.origin, namesake);
  if (claim === 'own' || (claim !== 'refused' && scope.origin.kind === 'manual')) return groupNameTaken;
  if (claim === 'refused') {
    if (scope.origin.kind === 'manual') return ownedByClient;
    return namesake.owner === manualOwner ? enteredByHand : ownedElsewhere;
  }
  const applied = await applyToGroup(scope, { ...namesake, claim }, operationsOf(group));
  return applied.outcome === 'refused' ? applied : { outcome: 'linked', id: applied.id };
}

const enteredByHand = conflict(
  'group_name_taken',
  'A group with this displayName was entered by hand: switch on "include manually provisioned users" for this connection to take over such groups.',
);

const ownedElsewhere = conflict(
  'group_name_taken',
  'A group with this displayName belongs to another connection: switch on "read all users" for this connection to take over such groups.',
);
