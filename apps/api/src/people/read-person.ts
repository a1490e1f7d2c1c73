import { overridableFields } from '@keycourier/journey/model/profile';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readConnection } from '@keycourier/ledger/directory/connections/connections';
import { listPeople } from '@keycourier/ledger/directory/connections/list-people';
import { manualOwner, type ReadScope } from '@keycourier/ledger/directory/scope';
import { readUser } from '@keycourier/ledger/directory/users/read-user';
import { mapPerson } from '@keycourier/scim-protocol/mapping/map-person';
import { z } from 'zod';

import type { TenantSettings } from '../context.ts';
import { isIdOf } from '../shipments/query-fields.ts';
import { byHand } from './by-hand.ts';
import { personExample, toPerson, type personDetails } from './person-schema.ts';

export const personParams = z.object({
  id: z.string().meta({ description: 'The id of a person', example: personExample.id }),
});

export const noSuchPerson = 'There is no person with this id. GET /v1/people lists them.';

interface Source {
  ledger: Ledger;
  db: ReadScope['db'];
}

/** All that is shown of a person; null for another tenant's, as for none. */
export async function readPerson(
  { ledger, db }: Source,
  tenant: TenantSettings,
  id: string,
): Promise<z.output<typeof personDetails> | null> {
  if (!isIdOf('usr', id)) return null;
  const { items } = await listPeople({ ...ledger, db }, { tenant: tenant.name, id, limit: 1 });
  const [listed] = items;
  const user = await readUser({ ledger, db, origin: byHand(tenant) }, id);
  if (listed === undefined || user === null) return null;
  const { owner } = listed;
  const connection = owner === manualOwner ? null : await readConnection({ db }, tenant.name, owner);
  return {
    ...toPerson(listed),
    profile: mapPerson(connection?.mapping ?? [], overridableFields, (stored) => user.attributes.get(stored)),
    groups: user.groups.map(({ id: groupId, displayName }) => ({ id: groupId, displayName })),
    attributes: z.record(z.string(), z.json()).parse(Object.fromEntries(user.attributes)),
  };
}
