import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { sql, type RawBuilder } from 'kysely';

import { newId } from '../../new-id.ts';
import { prepared } from '../../prepared.ts';
import { externalIdIndex, localPartIndex, userNameIndex } from '../keyed.ts';
import { directoryEventInserts } from '../record-directory-events.ts';
import type { Refusal } from '../refusal.ts';
import { connectionIdOf, ownerOf, tenantOf, type Scope } from '../scope.ts';
import { userNameTaken } from './apply-to-person.ts';
import { attributesOf, sealedRows } from './attributes.ts';
import { findExisting } from './find-existing.ts';
import { linkPerson, type CreatedUser } from './link-person.ts';
import type { StoredUser } from './read-user.ts';
import { tokensOf } from './tokens.ts';
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
    const inserted = await insertPerson(scope, user, { isNew: found !== null });
    if (inserted !== null) return { outcome: 'created', id: inserted.id, user: inserted };
  }
  return userNameTaken;
}

/**
 * The insertion itself finds who has this user name or externalId, which no user of an import has: it needs no search
 * before. The part before the @ is searched for only.
 */
const isInsertEnough = ({ origin }: Scope): boolean =>
  origin.kind === 'manual' || !origin.connection.takeOverByLocalPart;

/**
 * One statement, with the event that follows from it.
 * @returns null where there is a person already: of this user name, or, unless `isNew`, of this externalId
 */
async function insertPerson(
  scope: Scope,
  user: WrittenUser,
  { isNew }: { isNew: boolean },
): Promise<StoredUser | null> {
  const { ledger, db, origin } = scope;
  const { sealing } = ledger;
  const [tenant, connectionId, id] = [tenantOf(origin), connectionIdOf(origin), newId('usr')];
  const attributes = attributesOf(user);
  const tokens = [...attributes].flatMap(([name, value]) => tokensOf({ sealing, tenant }, name, value));
  const { names, digests, sealed } = sealedRows(ledger, id, attributes);
  const { active = true, externalId } = user;
  const externalIndex =
    connectionId === null || externalId === null ? null : externalIdIndex(sealing, connectionId, externalId);
  const now = ledger.now();
  const created = { type: 'scim.user.created', personId: id, attributes } as const;
  const { rows } = await sql<{ id: string }>`${prepared}
    with person as (
      insert into people (id, tenant, connection_id, user_name_index, local_part_index, external_id_index, active,
        deactivated_at, created_at, last_modified, tokens)
      select ${id}::text, ${tenant}::text, ${connectionId}::text, ${userNameIndex(sealing, tenant, user.userName)},
        ${localPartIndex(sealing, tenant, user.userName)},
        ${externalIndex}::text, ${active}::boolean, ${active ? null : now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz,
        ${tokens}::text[]
      where ${isNew || externalIndex === null ? sql`true` : isFirst(connectionId, externalIndex)}
      on conflict (tenant, user_name_index) do nothing returning id
    ), stored as (
      insert into person_attributes (person_id, name, digest, sealed)
      select id, stored.* from person, unnest(${names}::text[], ${digests}::text[], ${sealed}::text[]) as stored
    ), ${await directoryEventInserts(scope, created, sql`exists (select from person)`)}
    select id from person`.execute(db);
  if (rows.length === 0) return null;
  const as = { id, owner: ownerOf(origin), createdAt: now, lastModified: now };
  return { ...as, active, attributes, externalId, groups: [], version: 1 };
}

const isFirst = (connectionId: string | null, externalIndex: string): RawBuilder<boolean> =>
  sql<boolean>`not exists (select from people where connection_id = ${connectionId} and external_id_index = ${externalIndex})`;
