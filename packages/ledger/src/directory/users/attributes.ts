import { createStretches } from '@keycourier/runtime/stretches';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { prepared } from '../../prepared.ts';
import { sealedContext } from '../../sealed-columns.ts';
import type { Tables } from '../../tables.ts';
import { digestOf } from '../keyed.ts';
import { parseStored } from '../parse-stored.ts';

/** Values by the names that they are stored under. */
export type Attributes = ReadonlyMap<string, JsonValue>;

/** All attributes that are stored, the externalId among them. */
export function attributesOf({ attributes, userName, externalId }: WrittenUser): Attributes {
  const all = new Map([...attributes, ['userName', userName] as const]);
  if (externalId !== null) all.set('externalId', externalId);
  return all;
}

interface Reading {
  ledger: Ledger;
  db: Kysely<Tables>;
}

/** Of many people, and only the attributes that are named, or all but those. They are unsealed in stretches. */
export async function readAttributes(
  { ledger, db }: Reading,
  personIds: readonly string[],
  names: readonly string[] | { allBut: readonly string[] },
): Promise<ReadonlyMap<string, Attributes>> {
  if (personIds.length === 0) return new Map();
  const { rows } = await sql<{ person_id: string; name: string; sealed: string }>`${prepared}
    select person_id, name, sealed from person_attributes where person_id = any(${[...personIds]}::text[])
      and ${'allBut' in names ? sql`name <> all(${[...names.allBut]}::text[])` : sql`name = any(${[...names]}::text[])`}`.execute(
    db,
  );
  const found = new Map(personIds.map((id): [string, Map<string, JsonValue>] => [id, new Map()]));
  const pause = createStretches();
  for (const { person_id: id, name, sealed } of rows) {
    found.get(id)?.set(name, parseStored(ledger.sealing.unseal(sealed, sealedContext.attribute(id, name))));
    const rest = pause();
    if (rest !== undefined) await rest;
  }
  return found;
}

/** Values as JSON, by the names that they are stored under. */
export type AttributeTexts = ReadonlyMap<string, string>;

/** What a person's sealed attributes are. */
export const unsealAttributes = (
  { sealing }: Pick<Ledger, 'sealing'>,
  personId: string,
  sealed: Readonly<Record<string, string>>,
): Map<string, string> =>
  new Map(
    Object.entries(sealed).map(([name, text]) => [name, sealing.unseal(text, sealedContext.attribute(personId, name))]),
  );

/** Parsed when they are first needed: an answer with whole users needs none. */
export function parseLazily(texts: AttributeTexts): () => Attributes {
  let parsed: Attributes | undefined;
  return () => (parsed ??= new Map([...texts].map(([name, text]) => [name, parseStored(text)])));
}

/** Parallel lists of what `person_attributes` keeps of each value. */
export function sealedRows(
  { sealing }: Ledger,
  personId: string,
  attributes: Attributes,
): { names: string[]; digests: string[]; texts: string[]; sealed: string[] } {
  const values = [...attributes];
  const texts = values.map(([, value]) => JSON.stringify(value));
  return {
    names: values.map(([name]) => name),
    digests: values.map(([name, value]) => digestOf(sealing, { personId, name, value })),
    texts,
    sealed: values.map(([name], index) =>
      sealing.seal(texts[index] ?? 'null', sealedContext.attribute(personId, name)),
    ),
  };
}

export interface AttributeChange {
  set: Attributes;
  /** Which others to remove: those that are named, or all but those that are named. */
  remove: { only: readonly string[] } | { allBut: readonly string[] };
}

/**
 * Writes attributes without reading any: one whose digest is the same is left alone.
 * @returns the names of those that are different now
 */
export async function writeAttributes(
  { ledger, db }: Reading,
  personId: string,
  { set, remove }: AttributeChange,
): Promise<readonly string[]> {
  const { names, digests, sealed } = sealedRows(ledger, personId, set);
  const removed =
    'only' in remove
      ? sql`name = any(${[...remove.only]}::text[])`
      : sql`name <> all(${[...remove.allBut, ...names]}::text[])`;
  const { rows } = await sql<{ name: string }>`${prepared}
    with gone as (
      delete from person_attributes where person_id = ${personId} and ${removed} returning name
    ), put as (
      insert into person_attributes (person_id, name, digest, sealed)
      select ${personId}, * from unnest(${names}::text[], ${digests}::text[], ${sealed}::text[])
      on conflict (person_id, name) do update set digest = excluded.digest, sealed = excluded.sealed
      where person_attributes.digest <> excluded.digest
      returning name
    )
    select name from gone union all select name from put`.execute(db);
  return rows.map(({ name }) => name);
}
