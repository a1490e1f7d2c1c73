import type { Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import type { CheckedProfile, SourcedProfile } from '../model/profile.ts';
import type { SeenUser } from '../model/seen-user.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import { suspension } from '../model/suspend.ts';
import type { Context } from '../ports/context.ts';
import { hubNameOf } from '../ports/hub.ts';
import { isActive, withPinAddressesOf, type IdentityUser } from '../ports/identity.ts';
import type { TenantAtBegin } from '../ports/ledger.ts';
import { readProfile, sourceProfile } from '../profile/source-profile.ts';
import { holdFor } from '../steps/hold.ts';
import { findRecipient, inactiveSince } from '../steps/inactive-since.ts';
import { isResend, recipientsOf, refuseResend } from './pin-recipients.ts';

export type Recipient =
  /** The PIN may be sent to the address that was checked. */
  | { outcome: 'same' }
  /** It may be sent to the address of this profile, which an operator confirmed. */
  | { outcome: 'confirmed'; profile: CheckedProfile }
  /** A SCIM client deactivated the person. */
  | { outcome: 'suspended'; code: 'suspended'; since: Date }
  | { outcome: 'refused'; code: HoldCode; problem: Problem };

/**
 * Reads the user again before the PIN is sent, unless `seen` is who Okta has just shown. It is refused when they are deactivated, suspended or gone, or when their
 * address is not the one that was checked, unless an operator confirmed the change (ARCHITECTURE.md, "The PIN").
 */
export async function checkRecipient(
  context: Context,
  shipment: Shipment,
  {
    isConfirmed,
    hasDirectory,
    seen,
  }: { isConfirmed: boolean; seen?: SeenUser | undefined } & Pick<TenantAtBegin, 'hasDirectory'>,
): Promise<Recipient> {
  const since = inactiveSince(await findRecipient(context, { hasDirectory }, shipment), shipment);
  if (since !== null) return { outcome: 'suspended', code: 'suspended', since };
  const user = seen?.user ?? (await context.identity.readUser(shipment.tenant, shipment.user.id ?? ''));
  const { profile } = shipment.secrets;
  if (user === null || profile === undefined || !isActive(user))
    return refused('user_not_active', { field: 'status', code: 'not_active' });
  const reader = await withHubsAddresses(context, shipment, user);
  if (reader === null) return refused('user_not_active', { field: 'hub', code: 'not_active_in_hub' });
  const read = await readProfile(context, { tenant: shipment.tenant, user: reader, parts: pinParts });
  const { isSame, addresses, current } = compareAddresses(shipment, profile, read);
  if (!isSame && !isConfirmed) {
    const field = profile.isNewUser ? 'secondEmail' : 'email';
    return refused('pin_address_changed', { field, code: 'changed_since_the_check' });
  }
  if (addresses.length === 0) return refused('pin_address_changed', { field: 'secondEmail', code: 'missing' });
  return isSame ? { outcome: 'same' } : { outcome: 'confirmed', profile: current };
}

const pinParts = ['email', 'secondEmail'] as const;

/** Whether Okta alone says who the recipient is, and this user of its is as checked. */
export function isAsChecked(context: Context, shipment: Shipment, user: IdentityUser): boolean {
  const { hubUser, secrets, tenant } = shipment;
  const { sources } = context.tenant(tenant);
  const isOktas = pinParts.every((part) => (sources[part] ?? ['okta']).every((source) => source === 'okta'));
  if (secrets.profile === undefined || hubUser !== null || !isOktas || !isActive(user)) return false;
  const read = sourceProfile({ okta: user.profile }, sources, pinParts);
  const { isSame, addresses } = compareAddresses(shipment, secrets.profile, read);
  return isSame && addresses.length > 0;
}

function compareAddresses({ pinPolicy }: Shipment, profile: CheckedProfile, read: SourcedProfile) {
  const current = withAddressesOf(profile, read);
  const addresses = recipientsOf(current, pinPolicy);
  return { current, addresses, isSame: String(addresses) === String(recipientsOf(profile, pinPolicy)) };
}

/** A person whose key is in the hub must be active there, too. @returns null where they are not */
async function withHubsAddresses(
  context: Context,
  { tenant, hubUser }: Shipment,
  user: IdentityUser,
): Promise<IdentityUser | null> {
  if (hubUser === null) return user;
  const found = await context.identity.readUser(hubNameOf(tenant), hubUser.id);
  if (found === null || !isActive(found)) return null;
  return context.tenant(tenant).pinAddressesFrom === 'hub' ? withPinAddressesOf(user, found) : user;
}

/** Holds the shipment with its PIN sealed. A PIN that was sent already stays sent: no step waits for it. */
export function holdForRecipient(
  current: Shipment,
  refusal: Extract<Recipient, { outcome: 'refused' | 'suspended' }>,
  now: Date,
): Decision {
  const { code } = refusal;
  if (isResend(current)) return refuseResend(code);
  const change = { pin: 'sealed' } as const;
  if (refusal.outcome === 'refused')
    return holdFor(current, refusal.code, { now, problems: [refusal.problem], change });
  const { change: suspended, note } = suspension({ since: refusal.since, by: null });
  return { change: { ...suspended, ...change }, note };
}

export const isRefused = (
  recipient: Recipient,
): recipient is Extract<Recipient, { outcome: 'refused' | 'suspended' }> =>
  recipient.outcome === 'refused' || recipient.outcome === 'suspended';

const refused = (code: HoldCode, problem: Problem): Recipient => ({ outcome: 'refused', code, problem });

function withAddressesOf(profile: CheckedProfile, read: SourcedProfile): CheckedProfile {
  return { ...profile, email: read.email?.value ?? '', secondEmail: read.secondEmail?.value ?? null };
}
