import { type HubUser } from '../model/hub-user.ts';
import { comparedUser, driftBetween } from '../model/key-holder.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { hubNameOf } from '../ports/hub.ts';
import { isActive, withPinAddressesOf, type IdentityUser } from '../ports/identity.ts';

export type FoundHolder =
  /** `user` has the addresses that PINs go to; `hubUser` is null where keys are in the tenant's own org. */
  | { outcome: 'found'; user: IdentityUser; hubUser: HubUser | null }
  | { outcome: 'pending' }
  | { outcome: 'missing'; problem: Problem };

const missing = (code: string): FoundHolder => ({ outcome: 'missing', problem: { field: 'hub', code } });

/** An enrollment stays in the org where it was made, also when the tenant's settings change. */
export const isKeyInHub = ({ tenant }: Context, shipment: Shipment): boolean =>
  shipment.intents.enroll === undefined ? tenant(shipment.tenant).keysIn === 'hub' : shipment.hubUser !== null;

/**
 * The user of the hub who gets the key of this user of the spoke: pushed there where they are missing, and read there, since
 * a key is only for one who can sign in with it. A dry run pushes no one.
 */
export async function findHolder(context: Context, shipment: Shipment, user: IdentityUser): Promise<FoundHolder> {
  if (!isKeyInHub(context, shipment)) return { outcome: 'found', user, hubUser: null };
  const { tenant, plan } = shipment;
  const { findPerson, requirePerson } = context.hubKeys;
  const person = await (plan.dryRun ? findPerson(tenant, user.id) : requirePerson(shipment, user.id));
  if (person.outcome === 'missing') return missing(person.reason);
  if (person.outcome !== 'found')
    return plan.dryRun ? { outcome: 'found', user, hubUser: null } : { outcome: 'pending' };
  // Its enrollment is the other user's, and can be activated there alone.
  if (shipment.intents.enroll !== undefined && shipment.hubUser?.id !== person.hubUserId)
    return missing('another_hub_user');
  const found = await context.identity.readUser(hubNameOf(tenant), person.hubUserId);
  if (found === null) return missing('gone_from_hub');
  if (!isActive(found)) return missing('not_active_in_hub');
  const drift = driftBetween(comparedUser(user), comparedUser(found));
  const reader = context.tenant(tenant).pinAddressesFrom === 'hub' ? withPinAddressesOf(user, found) : user;
  return { outcome: 'found', user: reader, hubUser: { id: found.id, drift } };
}
