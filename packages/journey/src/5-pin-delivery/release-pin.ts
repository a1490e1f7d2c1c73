import type { HoldCode } from '../model/holds.ts';
import { isNext } from '../model/plan.ts';
import type { CheckedProfile, SourcedProfile } from '../model/profile.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { isActive } from '../ports/identity.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { readProfile } from '../profile/source-profile.ts';
import { holdFor } from '../steps/hold.ts';
import { done, stop, type Outcome } from '../steps/outcome.ts';
import { recipientsOf } from './recipients.ts';
import { isResend, refuseResend } from './resend.ts';

/**
 * The last look before a PIN leaves: the person is read again, and whoever is deactivated, suspended, gone, or has
 * another address than the one that was checked, is held instead (ARCHITECTURE.md, "The PIN").
 */
export async function releasePin(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const user = await context.identity.readUser(shipment.tenant, shipment.user.id ?? '');
  const { profile } = shipment.secrets;
  if (user === null || profile === undefined || !isActive(user))
    return hold(context, shipment, 'user_not_active', { field: 'status', code: 'not_active' });
  const current = withAddressesOf(profile, await readProfile(context, shipment.tenant, user, ['email', 'secondEmail']));
  const isSame =
    String(recipientsOf(current, shipment.pinPolicy)) === String(recipientsOf(profile, shipment.pinPolicy));
  // An operator who releases the PIN from that very hold has seen the change, and vouches for what Okta says now.
  const isVouchedFor = shipment.plan.releaseOverridden && shipment.liftedHold?.code === 'pin_address_changed';
  if (!isSame && !isVouchedFor)
    return hold(context, shipment, 'pin_address_changed', {
      field: profile.isNewUser ? 'secondEmail' : 'email',
      code: 'changed_since_the_check',
    });
  if (recipientsOf(current, shipment.pinPolicy).length === 0)
    return hold(context, shipment, 'pin_address_changed', { field: 'secondEmail', code: 'missing' });
  await context.ledger.move(shipment.id, (now) => {
    if (!isNext(now.plan, 'release-pin')) return null;
    return {
      change: { pin: 'released', ...(isSame ? {} : { secrets: { profile: current } }) },
      note: { event: 'pin.released' },
    };
  });
  return done();
}

function withAddressesOf(profile: CheckedProfile, read: SourcedProfile): CheckedProfile {
  return { ...profile, email: read.email?.value ?? '', secondEmail: read.secondEmail?.value ?? null };
}

async function hold(
  context: Context,
  shipment: Shipment,
  code: HoldCode,
  problem: { field: string; code: string },
): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (!isNext(current.plan, 'release-pin')) return null;
    // Sent once already: nothing of the journey waits for it, so nobody is asked.
    if (isResend(current)) return refuseResend(code);
    return holdFor(current, code, { now: context.now(), problems: [problem] });
  });
  return isResend(shipment) ? done(`not sent again: ${code}`) : stop(`held: ${code}`);
}
