import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import pg from 'pg';

import type { Ledger } from '../../connect-ledger.ts';
import type { Refusal } from '../refusal.ts';
import { inSavepoint } from '../savepoint.ts';
import { inOneStatement, type Origin, type ReadScope, type Scope } from '../scope.ts';
import { userNameTaken } from './apply-to-person.ts';
import { findExisting } from './find-existing.ts';
import { insertPeople, toNewUser, toNewUsers, type NewUser } from './insert-people.ts';
import { linkPerson, type CreatedUser } from './link-person.ts';
import type { StoredUser } from './read-user.ts';
import { checkUserName } from './user-name-rules.ts';

/**
 * Creates a user, or finds the one that it is already: never a second person. An inactive user of the same connection is
 * restored, one that the connection may claim is linked, and any other one is a conflict that says what to switch on.
 */
export async function createUser(scope: Scope, user: WrittenUser): Promise<CreatedUser | Refusal> {
  const refused = checkUserName(scope.origin, user.userName);
  if (refused !== null) return refused;
  // Another request may create the same user between the search and the insertion: then it is found.
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const found = attempt === 1 && isInsertEnough(scope) ? null : await findExisting(scope, user);
    if (found?.outcome === 'refused') return found;
    if (found?.outcome === 'found') return linkPerson(scope, found, user);
    const [inserted] = await insertPeople(scope, [toNewUser(scope, user)], { isNew: found !== null });
    if (inserted != null) return { outcome: 'created', id: inserted.id, user: inserted };
  }
  return userNameTaken;
}

/**
 * The insertion itself finds who has this user name or externalId, which no user of an import has: it needs no search
 * before. The part before the @ is searched for only.
 */
const isInsertEnough = ({ origin }: ReadScope): boolean =>
  origin.kind === 'manual' || !origin.connection.takeOverByLocalPart;

/** A user for createEach(); null where createUser() has to decide who it is, or why not. */
export function readyToCreate(scope: ReadScope, user: WrittenUser): NewUser | null {
  return isInsertEnough(scope) && checkUserName(scope.origin, user.userName) === null ? toNewUser(scope, user) : null;
}

/** How long the users of a group wait for one whose user name an open transaction holds: it is then created alone. */
const groupLockMs = 300;

const isHeld = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '55P03';

/**
 * Creates the users of requests of the same moment, all of one connection, by one statement outside of any transaction: what
 * an import sends. It does not wait long for what another transaction holds: of several, the statement fails.
 * @returns each; null where createUser() has to find out who it is, or why not, or has to wait: then nothing was written of it
 */
export async function createEach(
  ledger: Ledger,
  origin: Origin,
  users: readonly NewUser[],
): Promise<readonly (StoredUser | null)[]> {
  const scope: ReadScope = { ledger, db: ledger.db, origin };
  const distinct = users.filter(isFirstOfItsExternalId);
  const options = { isNew: false, lockMs: groupLockMs };
  const created = await inOneStatement(ledger, () => insertPeople(scope, distinct, options)).catch((error: unknown) => {
    if (distinct.length > 1 || !isHeld(error)) throw error;
    return [];
  });
  const byId = new Map(created.map((user) => [user?.id, user]));
  return users.map(({ id }) => byId.get(id) ?? null);
}

const isFirstOfItsExternalId = ({ externalIdIndex }: NewUser, at: number, users: readonly NewUser[]): boolean =>
  externalIdIndex === null || users.findIndex((one) => one.externalIdIndex === externalIdIndex) === at;

/**
 * Creates users by one statement, as createUser() creates them one after the other, where that creates each of them: they
 * are all new, and none has another's user name or externalId.
 * @returns null where that is not so; then nothing was written
 */
export async function createNewUsers(
  scope: Scope,
  users: readonly WrittenUser[],
): Promise<readonly StoredUser[] | null> {
  if (!isInsertEnough(scope) || users.some(({ userName }) => checkUserName(scope.origin, userName) !== null))
    return null;
  const people = await toNewUsers(scope, users);
  if (!people.every(isFirstOfItsExternalId)) return null;
  return inSavepoint(
    scope.db,
    async () => {
      const created = (await insertPeople(scope, people, { isNew: false })).filter((user) => user !== null);
      return created.length === people.length ? created : null;
    },
    (created) => created !== null,
  );
}
