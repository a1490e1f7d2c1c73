import { overridableFields, type OverridableField } from '@keycourier/journey/model/profile';
import type { SoughtPerson } from '@keycourier/journey/ports/directory';
import { attributesToMap, mapPerson } from '@keycourier/scim-protocol/mapping/map-person';

import type { Ledger } from '../../connect-ledger.ts';
import { mappingRow, type MappingRow } from '../connections/connection.ts';
import { readAttributes } from '../users/attributes.ts';
import { findPersonRow } from './find-person.ts';

type Profile = Readonly<Partial<Record<OverridableField, string>>>;

/**
 * What a person's connection says of them, by its mapping. Never an e-mail address, also where the mapping names
 * one: PINs go to those of Okta.
 */
export async function readProfile(ledger: Ledger, tenant: string, sought: SoughtPerson): Promise<Profile | null> {
  const { db } = ledger;
  const person = await findPersonRow({ ledger, db }, tenant, sought);
  if (person === null) return null;
  const mapping = await readMapping(ledger, person.connectionId);
  const names = attributesToMap(mapping, overridableFields);
  const attributes = (await readAttributes({ ledger, db }, [person.id], names)).get(person.id);
  return mapPerson(mapping, overridableFields, (name) => attributes?.get(name));
}

/** Empty, which is the default mapping, for people who were entered by hand. */
export async function readMapping(
  { db }: Pick<Ledger, 'db'>,
  connectionId: string | null,
): Promise<readonly MappingRow[]> {
  if (connectionId === null) return [];
  const row = await db
    .selectFrom('scim_connections')
    .select('mapping')
    .where('id', '=', connectionId)
    .executeTakeFirst();
  return row === undefined ? [] : mappingRow.array().parse(row.mapping);
}
