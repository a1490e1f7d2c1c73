import { sql } from 'kysely';
import pg from 'pg';

import { recordReactivated } from '../groups/record-memberships.ts';
import { externalIdIndex, localPartIndex, userNameIndex } from '../keyed.ts';
import { recordDirectoryEvents } from '../record-directory-events.ts';
import { conflict, type Refusal } from '../refusal.ts';
import { inSavepoint } from '../savepoint.ts';
import { connectionIdOf, type Scope } from '../scope.ts';
import { writeAttributes, type AttributeChange } from './attributes.ts';
import type { LockedPerson } from './lock-person.ts';
import { lettersOf, tokensOf } from './tokens.ts';
import { checkUserName } from './user-name-rules.ts';

export interface PersonChange extends AttributeChange {
  /** Undefined: as it is. */
  active: boolean | undefined;
}

export interface AppliedChange {
  outcome: 'updated' | 'unchanged';
  id: string;
  claimed: boolean;
}

/**
 * Writes a change of a locked person and all that follows from it: indexes, version, owner, events. What is the same
 * already changes nothing, and claims no person who is claimed by a change.
 */
export async function applyToPerson(
  scope: Scope,
  person: LockedPerson,
  change: PersonChange,
): Promise<AppliedChange | Refusal> {
  const userName = newUserName(scope, person, change);
  if (userName === null) return apply(scope, person, change);
  const refused = checkUserName(scope.origin, userName);
  if (refused !== null) return refused;
  try {
    return await inSavepoint(scope.db, () => apply(scope, person, change));
  } catch (error) {
    if (isUserNameTaken(error)) return userNameTaken;
    throw error;
  }
}

export const userNameTaken = conflict(
  'user_name_taken',
  'Another user has this userName, which has to be unique: look that user up and update it, or change one of the two user names.',
);

export const isUserNameTaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'people_user_name';

/** Null where the change has none, or one that differs in letter case alone. */
function newUserName({ ledger }: Scope, person: LockedPerson, { set }: PersonChange): string | null {
  const userName = set.get('userName');
  if (typeof userName !== 'string') return null;
  return userNameIndex(ledger.sealing, person.tenant, userName) === person.userNameIndex ? null : userName;
}

async function apply(scope: Scope, person: LockedPerson, change: PersonChange): Promise<AppliedChange> {
  const changed = await writeAttributes(scope, person.id, withoutForeignId(person, change));
  const isActivityNew = change.active !== undefined && change.active !== person.active;
  const isChanged = changed.length > 0 || isActivityNew;
  const claimed = person.claim === 'on_write' || (person.claim === 'on_change' && isChanged);
  if (claimed) await replaceExternalId(scope, person, change);
  const now = scope.ledger.now();
  if (isChanged || claimed) await updateRow(scope, person, { change, changed, isChanged, claimed, now });
  await recordDirectoryEvents(scope, eventsOf(person, { changed, active: change.active, now }));
  if (!person.active && change.active === true) await recordReactivated(scope, person);
  return { outcome: isChanged ? 'updated' : 'unchanged', id: person.id, claimed };
}

const externalId = 'externalId';

/** An externalId is its connection's own (RFC 7643 §3.1): another one neither sees nor changes it, until it owns the person. */
function withoutForeignId({ claim }: LockedPerson, { set, remove }: PersonChange): AttributeChange {
  if (claim === 'own') return { set, remove };
  return {
    set: new Map([...set].filter(([name]) => name !== externalId)),
    remove:
      'only' in remove
        ? { only: remove.only.filter((name) => name !== externalId) }
        : { allBut: [...remove.allBut, externalId] },
  };
}

async function replaceExternalId(scope: Scope, person: LockedPerson, { set }: PersonChange): Promise<void> {
  const own = set.get(externalId);
  await writeAttributes(scope, person.id, {
    set: new Map(own === undefined ? [] : [[externalId, own]]),
    remove: { only: own === undefined ? [externalId] : [] },
  });
}

interface RowUpdate {
  change: PersonChange;
  changed: readonly string[];
  isChanged: boolean;
  claimed: boolean;
  now: Date;
}

async function updateRow(scope: Scope, person: LockedPerson, update: RowUpdate): Promise<void> {
  const { change, isChanged, claimed, now } = update;
  const { active = person.active } = change;
  await scope.db
    .updateTable('people')
    .set({
      active,
      ...indexesOf(scope, person, update),
      ...(active !== person.active && { deactivated_at: active ? null : now }),
      ...(isChanged && { last_modified: now, version: sql<string>`version + 1` }),
      ...(claimed && { connection_id: connectionIdOf(scope.origin) }),
    })
    .where('id', '=', person.id)
    .execute();
}

function indexesOf({ ledger, origin }: Scope, person: LockedPerson, { change, changed, claimed }: RowUpdate) {
  const { sealing } = ledger;
  const { tenant } = person;
  const userName = changed.includes('userName') ? change.set.get('userName') : undefined;
  const connectionId = connectionIdOf(origin);
  const ownId = change.set.get(externalId);
  const letters = lettersOf(changed);
  const fresh = changed.flatMap((name) => tokensOf({ sealing, tenant }, name, change.set.get(name) ?? null));
  return {
    ...(typeof userName === 'string' && {
      user_name_index: userNameIndex(sealing, tenant, userName),
      local_part_index: localPartIndex(sealing, tenant, userName),
    }),
    ...((claimed || changed.includes(externalId)) && {
      external_id_index:
        typeof ownId === 'string' && connectionId !== null ? externalIdIndex(sealing, connectionId, ownId) : null,
    }),
    ...(letters.length > 0 && {
      tokens: [...person.tokens.filter((token) => !letters.includes(token.charAt(0))), ...fresh],
    }),
  };
}

function eventsOf(
  { id: personId, active: wasActive }: LockedPerson,
  { changed, active = wasActive, now }: { changed: readonly string[]; active: boolean | undefined; now: Date },
) {
  return [
    ...(wasActive && !active ? [{ type: 'scim.user.deactivated', personId, deactivatedAt: now } as const] : []),
    ...(!wasActive && active ? [{ type: 'scim.user.reactivated', personId } as const] : []),
    ...(changed.length > 0 ? [{ type: 'scim.user.updated', personId, changed } as const] : []),
  ];
}
