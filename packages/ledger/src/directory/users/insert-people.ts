import { createStretches } from '@keycourier/runtime/stretches';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { sql, type RawBuilder } from 'kysely';

import { newId } from '../../new-id.ts';
import { ofAnyLength, prepared } from '../../prepared.ts';
import { externalIdIndex, localPartIndex, userNameIndex } from '../keyed.ts';
import { directoryEventInserts, type DirectoryEvent } from '../record-directory-events.ts';
import { connectionIdOf, ownerOf, tenantOf, type ReadScope } from '../scope.ts';
import { attributesOf, sealedRows, type Attributes } from './attributes.ts';
import { withAttributes, type StoredUser } from './read-user.ts';
import { tokensOf } from './tokens.ts';

/** A new user as it will be stored, with the keyed hashes by which one is found. */
export interface NewUser {
  id: string;
  user: WrittenUser;
  attributes: Attributes;
  userNameIndex: string;
  localPart: string;
  /** Null without an externalId, and of what operators enter. */
  externalIdIndex: string | null;
  /** With spaces between. */
  tokens: string;
  sealed: ReturnType<typeof sealedRows>;
}

export function toNewUser({ ledger, origin }: ReadScope, user: WrittenUser): NewUser {
  const { sealing } = ledger;
  const [id, tenant, attributes] = [newId('usr'), tenantOf(origin), attributesOf(user)];
  const connectionId = connectionIdOf(origin);
  const { externalId } = user;
  return {
    id,
    user,
    attributes,
    userNameIndex: userNameIndex(sealing, tenant, user.userName),
    localPart: localPartIndex(sealing, tenant, user.userName),
    externalIdIndex:
      connectionId === null || externalId === null ? null : externalIdIndex(sealing, connectionId, externalId),
    tokens: [...attributes].flatMap(([name, value]) => tokensOf({ sealing, tenant }, name, value)).join(' '),
    sealed: sealedRows(ledger, id, attributes),
  };
}

/** In stretches: to seal the attributes of many takes longer than others may wait. */
export async function toNewUsers(scope: ReadScope, users: readonly WrittenUser[]): Promise<readonly NewUser[]> {
  const pause = createStretches();
  const people: NewUser[] = [];
  for (const user of users) {
    people.push(toNewUser(scope, user));
    const rest = pause();
    if (rest !== undefined) await rest;
  }
  return people;
}

/**
 * Inserts users and the events that follow by one statement, which needs no transaction of its own.
 * @returns each as a read finds it now; null, and nothing was written of it, for one who is not new: there is a person of the
 * same user name, or, unless `isNew`, of the same externalId. No two of them may have the same externalId. With `lockMs` it
 * waits for a lock no longer than that, as does what follows in its transaction.
 */
export async function insertPeople(
  scope: ReadScope,
  people: readonly NewUser[],
  { isNew, lockMs }: { isNew: boolean; lockMs?: number },
): Promise<readonly (StoredUser | null)[]> {
  const [tenant, connectionId, now] = [tenantOf(scope.origin), connectionIdOf(scope.origin), scope.ledger.now()];
  const ids = ofAnyLength(people.map(({ id }) => id));
  const { rows } = await sql<{ id: string }>`${prepared}
    with person as (
      insert into people (id, tenant, connection_id, user_name_index, local_part_index, external_id_index, active,
        deactivated_at, created_at, last_modified, tokens)
      select id, ${tenant}::text, ${connectionId}::text, user_name, local_part, external_id, active,
        case when not active then ${now}::timestamptz end, ${now}::timestamptz, ${now}::timestamptz, string_to_array(tokens, ' ')
      from unnest(${ids}, ${people.map((one) => one.userNameIndex)}::text[],
        ${people.map(({ localPart }) => localPart)}::text[], ${people.map((one) => one.externalIdIndex)}::text[],
        ${people.map(({ user }) => user.active ?? true)}::boolean[], ${people.map(({ tokens }) => tokens)}::text[])
        as entered (id, user_name, local_part, external_id, active, tokens)
      where ${isNew ? sql`true` : isFirst(connectionId)} and ${lockMs === undefined ? sql`true` : waitsFor(lockMs)} order by user_name
      on conflict (tenant, user_name_index) do nothing returning id
    ), inserted as (
      select nth from unnest(${ids}) with ordinality as entered (id, nth) where id in (select id from person)
    ), stored as (
      insert into person_attributes (person_id, name, digest, sealed)
      select stored.* from ${attributeRows(people)} as stored (person_id, name, digest, sealed)
      where person_id in (select id from person)
    ), ${await directoryEventInserts(scope, people.map(createdEvent), sql`nth in (select inserted.nth from inserted)`)}
    select id from person`.execute(scope.db);
  const inserted = new Set(rows.map(({ id }) => id));
  const as = { owner: ownerOf(scope.origin), createdAt: now, lastModified: now, groups: [], version: 1 };
  return people.map(({ id, user: { active = true, externalId }, sealed: { names, texts } }) =>
    inserted.has(id)
      ? withAttributes(
          { ...as, id, active, externalId },
          new Map(names.map((name, nth) => [name, texts[nth] ?? 'null'])),
        )
      : null,
  );
}

/** Postgres evaluates it once, before the first row, and asks for the setting whenever it waits: no further round trip. */
const waitsFor = (lockMs: number): RawBuilder<unknown> =>
  sql`(select set_config('lock_timeout', ${String(lockMs)}::text, true)) is not null`;

const createdEvent = ({ id, attributes }: NewUser): DirectoryEvent => ({
  type: 'scim.user.created',
  personId: id,
  attributes,
});

function attributeRows(people: readonly NewUser[]): RawBuilder<unknown> {
  const ids = people.flatMap(({ id, sealed: { names } }) => names.map(() => id));
  const sealed = people.map((person) => person.sealed);
  return sql`unnest(${ofAnyLength(ids)}, ${sealed.flatMap(({ names }) => names)}::text[],
    ${sealed.flatMap(({ digests }) => digests)}::text[], ${sealed.flatMap((one) => one.sealed)}::text[])`;
}

/** A subquery for each, as Postgres would hash everyone of the connection to join them. */
const isFirst = (connectionId: string | null): RawBuilder<unknown> =>
  sql`(entered.external_id is null or (
    select id from people where connection_id = ${connectionId} and external_id_index = entered.external_id limit 1) is null)`;
