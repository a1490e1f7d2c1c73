import type { ListedPerson } from '@keycourier/ledger/directory/connections/list-people';
import { manualOwner } from '@keycourier/ledger/directory/scope';
import { overrides } from '@keycourier/operations/batches/request-fields';
import { z } from 'zod';

const time = z.iso.datetime();

const members = {
  id: z.string(),
  userName: z.string().nullable(),
  displayName: z.string().nullable(),
  connectionId: z
    .string()
    .nullable()
    .meta({ description: 'The connection that owns this person; null: entered by hand' }),
  active: z.boolean(),
  deactivatedAt: time.nullable(),
  lastModified: time,
  lastError: z
    .strictObject({ at: time, detail: z.string().meta({ description: 'As the client was answered' }) })
    .nullable()
    .meta({ description: 'The last refused request about this person, if none has succeeded since' }),
  openShipments: z.array(z.string()).meta({ description: 'The ids of shipments that are not finished, newest first' }),
};

export const person = z.strictObject(members).meta({ id: 'Person' });

export const personDetails = z
  .strictObject({
    ...members,
    profile: z
      .strictObject(overrides)
      .meta({ description: 'What shipments read by the attribute mapping, where the tenant’s `sources` name `scim`' }),
    groups: z.array(z.strictObject({ id: z.string(), displayName: z.string() })),
    attributes: z
      .record(z.string(), z.json())
      .meta({ description: 'What is stored, by the names of SCIM; extensions under their URN' }),
  })
  .meta({ id: 'PersonDetails' });

export const personExample: z.output<typeof person> = {
  id: 'usr_01kab3v6d2m8zq4w0xrt5y7n9c',
  userName: 'ada@example.com',
  displayName: 'Ada Lovelace',
  connectionId: '01kab3v6d2m8zq4w0xrt5y7n9c',
  active: true,
  deactivatedAt: null,
  lastModified: '2026-03-02T09:00:00.000Z',
  lastError: null,
  openShipments: ['shp_01kab3v6d2m8zq4w0xrt5y7n9c'],
};

export const detailsExample: z.output<typeof personDetails> = {
  ...personExample,
  profile: { firstName: 'Ada', lastName: 'Lovelace', primaryPhone: '+353 91 123 456' },
  groups: [{ id: 'grp_01kab3v6d2m8zq4w0xrt5y7n9c', displayName: 'Security keys' }],
  attributes: {
    userName: 'ada@example.com',
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    phoneNumbers: [{ value: '+353 91 123 456', type: 'work', primary: true }],
  },
};

export function toPerson({ owner, lastError, ...listed }: ListedPerson): z.output<typeof person> {
  return {
    id: listed.id,
    userName: listed.userName,
    displayName: listed.displayName,
    connectionId: owner === manualOwner ? null : owner,
    active: listed.active,
    deactivatedAt: listed.deactivatedAt?.toISOString() ?? null,
    lastModified: listed.lastModified.toISOString(),
    lastError: lastError === null ? null : { at: lastError.at.toISOString(), detail: lastError.detail },
    openShipments: [...listed.openShipments],
  };
}
