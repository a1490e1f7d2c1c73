/** Made-up people for the benchmark of the directory. */
import { enterpriseUrn } from '@keycourier/scim-protocol/schemas/schemas';
import { sql } from 'kysely';

import { externalIdIndex, localPartIndex, userNameIndex } from '../dist/directory/keyed.js';
import { attributesOf, sealedRows } from '../dist/directory/users/attributes.js';
import { tokensOf } from '../dist/directory/users/tokens.js';
import { newId } from '../dist/new-id.js';

const firstNames = [
  'Anna',
  'Ben',
  'Carla',
  'David',
  'Elena',
  'Farid',
  'Grace',
  'Hugo',
  'Ines',
  'Jonas',
  'Kim',
  'Liam',
  'Maya',
];
const lastNames = [
  'Smith',
  'Jones',
  'Garcia',
  'Okafor',
  'Nguyen',
  'Schmidt',
  'Rossi',
  'Larsen',
  'Kowalski',
  'Tanaka',
  'Silva',
];

export function personOf(n, prefix = '') {
  const [first, last] = [firstNames[n % firstNames.length], lastNames[Math.floor(n / 7) % lastNames.length]];
  const userName = `${prefix}${first}.${last}.${n}@acme.example`.toLowerCase();
  return {
    userName,
    externalId: `00u${String(n).padStart(17, '0')}`,
    active: true,
    attributes: new Map([
      ['userName', userName],
      ['name', { givenName: first, familyName: last }],
      ['displayName', `${first} ${last}`],
      ['emails', [{ value: userName, type: 'work', primary: true }]],
      ['phoneNumbers', [{ value: `+1415555${String(n % 10_000).padStart(4, '0')}`, type: 'work', primary: true }]],
      [
        'addresses',
        [{ streetAddress: `${n} Main St`, locality: 'Springfield', postalCode: '12345', country: 'US', type: 'work' }],
      ],
      ['title', n % 10 === 0 ? 'Engineer' : 'Analyst'],
      [enterpriseUrn, { department: `D${n % 50}`, employeeNumber: String(n) }],
    ]),
  };
}

/** Rows as createUser() writes them, many in a statement. */
export async function populate(ledger, connection, total) {
  const ids = [];
  const { sealing } = ledger;
  const { tenant } = connection;
  for (let start = 0; start < total; start += 2_000) {
    const people = Array.from({ length: Math.min(2_000, total - start) }, (_, index) => personOf(start + index));
    const rows = people.map((person) => ({ id: newId('usr'), person, attributes: attributesOf(person) }));
    ids.push(...rows.map(({ id }) => id));
    await sql`
      insert into people (id, tenant, connection_id, user_name_index, local_part_index, external_id_index, active, created_at,
        last_modified, tokens)
      select id, ${tenant}, ${connection.id}, name, part, external, true, now(), now(), string_to_array(tokens, ' ')
      from unnest(${rows.map(({ id }) => id)}::text[],
        ${rows.map(({ person }) => userNameIndex(sealing, tenant, person.userName))}::text[],
        ${rows.map(({ person }) => localPartIndex(sealing, tenant, person.userName))}::text[],
        ${rows.map(({ person }) => externalIdIndex(sealing, connection.id, person.externalId))}::text[],
        ${rows.map(({ attributes }) => [...attributes].flatMap(([name, value]) => tokensOf({ sealing, tenant }, name, value)).join(' '))}::text[]
      ) as row (id, name, part, external, tokens)`.execute(ledger.db);
    const sealed = rows.map(({ id, attributes }) => ({ id, ...sealedRows(ledger, id, attributes) }));
    await sql`
      insert into person_attributes (person_id, name, digest, sealed)
      select * from unnest(${sealed.flatMap(({ id, names }) => names.map(() => id))}::text[],
        ${sealed.flatMap(({ names }) => names)}::text[], ${sealed.flatMap(({ digests }) => digests)}::text[],
        ${sealed.flatMap((one) => one.sealed)}::text[])`.execute(ledger.db);
  }
  // As autovacuum does after an import.
  await sql`vacuum analyze`.execute(ledger.db);
  return ids;
}
