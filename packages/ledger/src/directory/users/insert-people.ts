import { createStretches } from '@keycourier/runtime/stretches';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { sql, type RawBuilder } from 'kysely';

import { newId } from '../../new-id.ts';
import { ofAnyLength, prepared } from '../../prepared.ts';
import { externalIdIndex, localPartIndex, userNameIndex } from '../keyed.ts';
import { directoryEventInserts, type DirectoryEvent } from '../record-directory-events.ts';
import { connectionIdOf, ownerOf, tenantOf, type ReadScope } from '../scope.ts';
import { attributesOf, sealedRows, type Attributes } from './attributes.ts';
import type { StoredUser } from './read-user.ts';
import { tokensOf } from './tokens.ts';

/** A user with the keyed hashes by which one is found. */
export interface KeyedUser {
  user: WrittenUser;
  userNameIndex: string;
  /** Null without an externalId, and of what operators enter. */
  externalIdIndex: string | null;
}

export function keyUser({ ledger: { sealing }, origin }: ReadScope, user: WrittenUser): KeyedUser {
  const connectionId = connectionIdOf(origin);
  const { externalId } = user;
  return {
    user,
    userNameIndex: userNameIndex(sealing, tenantOf(origin), user.userName),
    externalIdIndex:
      connectionId === null || externalId === null ? null : externalIdIndex(sealing, connectionId, externalId),
  };
}

/**
 * Inserts users and the events that follow by one statement, which needs no transaction of its own for one user.
 * @returns null unless all are new: where several were to be inserted, the transaction has to be undone then. One is not new
 * where there is a person of the same user name, or, unless `isNew`, of the same externalId.
 */
export async function insertPeople(
  scope: ReadScope,
  users: readonly KeyedUser[],
  { isNew }: { isNew: boolean },
): Promise<readonly StoredUser[] | null> {
  const [tenant, connectionId, now] = [tenantOf(scope.origin), connectionIdOf(scope.origin), scope.ledger.now()];
  const people = await prepareAll(scope, users);
  const areAllNew = sql`(select count(*) from person) = ${people.length}::int`;
  const { rows } = await sql<{ count: string }>`${prepared}
    with person as (
      insert into people (id, tenant, connection_id, user_name_index, local_part_index, external_id_index, active,
        deactivated_at, created_at, last_modified, tokens)
      select id, ${tenant}::text, ${connectionId}::text, user_name, local_part, external_id, active,
        case when not active then ${now}::timestamptz end, ${now}::timestamptz, ${now}::timestamptz, string_to_array(tokens, ' ')
      from unnest(${ofAnyLength(people.map(({ id }) => id))}, ${users.map((user) => user.userNameIndex)}::text[],
        ${people.map(({ localPart }) => localPart)}::text[], ${users.map((user) => user.externalIdIndex)}::text[],
        ${users.map(({ user }) => user.active ?? true)}::boolean[], ${people.map(({ tokens }) => tokens)}::text[])
        as entered (id, user_name, local_part, external_id, active, tokens)
      where ${isNew ? sql`true` : isFirst(connectionId)}
      on conflict (tenant, user_name_index) do nothing returning id
    ), stored as (
      insert into person_attributes (person_id, name, digest, sealed)
      select stored.* from ${attributeRows(people)} as stored where ${areAllNew}
    ), ${await directoryEventInserts(scope, people.map(createdEvent), areAllNew)}
    select count(*) from person`.execute(scope.db);
  if (Number(rows[0]?.count) !== people.length) return null;
  const as = { owner: ownerOf(scope.origin), createdAt: now, lastModified: now, groups: [], version: 1 };
  return people.map(({ id, user: { active = true, externalId }, attributes }) => ({
    ...as,
    id,
    active,
    attributes,
    externalId,
  }));
}

const createdEvent = ({ id, attributes }: PreparedPerson): DirectoryEvent => ({
  type: 'scim.user.created',
  personId: id,
  attributes,
});

function attributeRows(people: readonly PreparedPerson[]): RawBuilder<unknown> {
  const ids = people.flatMap(({ id, sealed: { names } }) => names.map(() => id));
  const sealed = people.map((person) => person.sealed);
  return sql`unnest(${ofAnyLength(ids)}, ${sealed.flatMap(({ names }) => names)}::text[],
    ${sealed.flatMap(({ digests }) => digests)}::text[], ${sealed.flatMap((one) => one.sealed)}::text[])`;
}

/** A subquery for each, as Postgres would hash everyone of the connection to join them. */
const isFirst = (connectionId: string | null): RawBuilder<unknown> =>
  sql`(entered.external_id is null or (
    select id from people where connection_id = ${connectionId} and external_id_index = entered.external_id limit 1) is null)`;

interface PreparedPerson {
  id: string;
  user: WrittenUser;
  attributes: Attributes;
  localPart: string;
  /** With spaces between. */
  tokens: string;
  sealed: ReturnType<typeof sealedRows>;
}

/** In stretches: to seal the attributes of many takes longer than others may wait. */
async function prepareAll(scope: ReadScope, users: readonly KeyedUser[]): Promise<readonly PreparedPerson[]> {
  const pause = createStretches();
  const people: PreparedPerson[] = [];
  for (const { user } of users) {
    people.push(preparePerson(scope, user));
    const rest = pause();
    if (rest !== undefined) await rest;
  }
  return people;
}

function preparePerson({ ledger, origin }: ReadScope, user: WrittenUser): PreparedPerson {
  const { sealing } = ledger;
  const [id, tenant, attributes] = [newId('usr'), tenantOf(origin), attributesOf(user)];
  return {
    id,
    user,
    attributes,
    localPart: localPartIndex(sealing, tenant, user.userName),
    tokens: [...attributes].flatMap(([name, value]) => tokensOf({ sealing, tenant }, name, value)).join(' '),
    sealed: sealedRows(ledger, id, attributes),
  };
}
