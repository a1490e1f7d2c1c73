import type { Membership } from '@keycourier/journey/ports/directory';

import type { Ledger } from '../../connect-ledger.ts';

/** Null where the person is no member of this group of the tenant now. */
export async function readMembership(
  { db }: Pick<Ledger, 'db'>,
  tenant: string,
  { personId, groupId }: { personId: string; groupId: string },
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
    .executeTakeFirst();
  return row ?? null;
}
