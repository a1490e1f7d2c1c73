import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';

import type { Ledger } from '../../connect-ledger.ts';
import type { Refusal } from '../refusal.ts';
import { inSavepoint } from '../savepoint.ts';
import { inOneStatement, type Origin, type ReadScope, type Scope } from '../scope.ts';
import { userNameTaken } from './apply-to-person.ts';
import { findExisting } from './find-existing.ts';
import { insertPeople, keyUser } from './insert-people.ts';
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
    const [inserted] = (await insertPeople(scope, [keyUser(scope, user)], { isNew: found !== null })) ?? [];
    if (inserted !== undefined) return { outcome: 'created', id: inserted.id, user: inserted };
  }
  return userNameTaken;
}

/**
 * The insertion itself finds who has this user name or externalId, which no user of an import has: it needs no search
 * before. The part before the @ is searched for only.
 */
const isInsertEnough = ({ origin }: ReadScope): boolean =>
  origin.kind === 'manual' || !origin.connection.takeOverByLocalPart;

/**
 * Creates a user who is new by one statement outside of any transaction: what an import sends.
 * @returns null where createUser() has to find out who it is, or why not; then nothing was written
 */
export async function createNewUser(ledger: Ledger, origin: Origin, user: WrittenUser): Promise<StoredUser | null> {
  const scope: ReadScope = { ledger, db: ledger.db, origin };
  if (!isInsertEnough(scope) || checkUserName(origin, user.userName) !== null) return null;
  const inserted = await inOneStatement(ledger, () => insertPeople(scope, [keyUser(scope, user)], { isNew: false }));
  return inserted?.[0] ?? null;
}

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
  const keyed = users.map((user) => keyUser(scope, user));
  if (!areDistinct(keyed.map((user) => user.userNameIndex))) return null;
  if (!areDistinct(keyed.flatMap((user) => user.externalIdIndex ?? []))) return null;
  return inSavepoint(
    scope.db,
    () => insertPeople(scope, keyed, { isNew: false }),
    (inserted) => inserted !== null,
  );
}

const areDistinct = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;
