import type { HoldCode } from '../model/holds.ts';
import { isNext } from '../model/plan.ts';
import type { CheckedProfile, SourcedProfile } from '../model/profile.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { isActive } from '../ports/identity.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { readProfile } from '../profile/source-profile.ts';
import { holdFor } from '../steps/hold.ts';
import { done, stop, type Outcome } from '../steps/outcome.ts';
import { isResend, recipientsOf, refuseResend } from './pin-recipients.ts';

/**
 * The last check before a PIN is sent: the user is read again, and the shipment is held when they are deactivated,
 * suspended or gone, or when their address is not the one that was checked (ARCHITECTURE.md, "The PIN").
 */
export async function releasePin(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const user = await context.identity.readUser(shipment.tenant, shipment.user.id ?? '');
  const { profile } = shipment.secrets;
  if (user === null || profile === undefined || !isActive(user))
    return hold(context, shipment, {
      code: 'user_not_active',
      problem: { field: 'status', code: 'not_active' },
    });
  const read = await readProfile(context, { tenant: shipment.tenant, user, parts: ['email', 'secondEmail'] });
  const current = withAddressesOf(profile, read);
  const isSame =
    String(recipientsOf(current, shipment.pinPolicy)) === String(recipientsOf(profile, shipment.pinPolicy));
  // The operator who releases the PIN from this hold has seen the change and confirms what Okta has now.
  const isConfirmed = shipment.plan.releaseOverridden && shipment.liftedHold?.code === 'pin_address_changed';
  if (!isSame && !isConfirmed)
    return hold(context, shipment, {
      code: 'pin_address_changed',
      problem: { field: profile.isNewUser ? 'secondEmail' : 'email', code: 'changed_since_the_check' },
    });
  if (recipientsOf(current, shipment.pinPolicy).length === 0)
    return hold(context, shipment, {
      code: 'pin_address_changed',
      problem: { field: 'secondEmail', code: 'missing' },
    });
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
  { code, problem }: { code: HoldCode; problem: Problem },
): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (!isNext(current.plan, 'release-pin')) return null;
    // It was sent once already and no step waits for it, so the shipment is not held.
    if (isResend(current)) return refuseResend(code);
    return holdFor(current, code, { now: context.now(), problems: [problem] });
  });
  return isResend(shipment) ? done(`not sent again: ${code}`) : stop(`held: ${code}`);
}
