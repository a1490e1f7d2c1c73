import type { Shipment } from '../model/shipment.ts';
import { isCovered } from '../model/suspend.ts';
import type { Context } from '../ports/context.ts';
import type { DirectoryPerson } from '../ports/directory.ts';
import type { TenantAtBegin } from '../ports/ledger.ts';

/**
 * The person of a shipment in the directory; null where no SCIM client provisions them. A tenant's first person who is
 * deactivated, too, while an attempt runs has events, which are decided after it.
 */
export async function findRecipient(
  context: Context,
  { hasDirectory }: Pick<TenantAtBegin, 'hasDirectory'>,
  { tenant, directoryPersonId, user, secrets }: Shipment,
): Promise<DirectoryPerson | null> {
  if (!hasDirectory) return null;
  const sought = { personId: directoryPersonId, userId: user.id, login: secrets.login ?? null };
  return context.directory.findPerson(tenant, sought);
}

/** When a SCIM client deactivated the person, unless the shipment knows already and an operator let it go on. */
export function inactiveSince(person: DirectoryPerson | null, shipment: Shipment): Date | null {
  const since = person?.inactiveSince ?? null;
  if (since === null) return null;
  return shipment.suspension?.isLifted === true && isCovered(shipment, since) ? null : since;
}
