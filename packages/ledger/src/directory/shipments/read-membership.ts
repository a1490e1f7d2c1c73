import type { Membership } from '@keycourier/journey/ports/directory';

import type { Ledger } from '../../connect-ledger.ts';

interface Of {
  personId: string;
  groupId: string;
}

/**
 * Null where the person is no member of this group of the tenant now. A reactivation that is not committed is waited for: it
 * may have read the memberships before this one was there, so what asks for a key is this one's event alone.
 */
export async function readMembership(ledger: Pick<Ledger, 'db'>, tenant: string, of: Of): Promise<Membership | null> {
  const found = await read(ledger, tenant, { ...of, waits: false });
  return found?.isActive === false ? read(ledger, tenant, { ...of, waits: true }) : found;
}

async function read(
  { db }: Pick<Ledger, 'db'>,
  tenant: string,
  { personId, groupId, waits }: Of & { waits: boolean },
): Promise<Membership | null> {
  const row = await db
    .selectFrom('directory_members')
    .innerJoin('directory_groups', 'directory_groups.id', 'group_id')
    .innerJoin('people', 'people.id', 'person_id')
    .select(['display_name as groupName', 'active as isActive'])
    .where('person_id', '=', personId)
    .where('group_id', '=', groupId)
    .where('people.tenant', '=', tenant)
    .where('directory_groups.tenant', '=', tenant)
    .$if(waits, (query) => query.forShare('people'))
    .executeTakeFirst();
  return row ?? null;
}
