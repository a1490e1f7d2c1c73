import { isNext } from '../model/plan.ts';
import type { Context } from '../ports/context.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { done, lastMove, stop, type LastMove, type StepEnd } from '../steps/outcome.ts';
import { checkRecipient, holdForRecipient, isRefused } from './check-recipient.ts';
import { isResend } from './pin-recipients.ts';

/** The last check before a PIN is sent: the user is read again, and held when they or their address are not as checked. */
export async function releasePin(context: Context, { shipment, hasDirectory }: StepAttempt): Promise<StepEnd> {
  // The operator who releases the PIN from this hold has seen the change and confirms what Okta has now.
  const isConfirmed = shipment.plan.releaseOverridden && shipment.liftedHold?.code === 'pin_address_changed';
  const at = { at: context.now().toISOString() };
  const recipient = await checkRecipient(context, shipment, { isConfirmed, hasDirectory });
  const release: LastMove['moves'][number] = (current) => {
    if (!isNext(current.plan, 'release-pin')) return null;
    if (isRefused(recipient)) return holdForRecipient(current, recipient, context.now());
    const secrets = recipient.outcome === 'confirmed' ? { secrets: { profile: recipient.profile } } : {};
    return { change: { pin: 'released', intents: { release: at }, ...secrets }, note: { event: 'pin.released' } };
  };
  return lastMove(release, () => {
    if (!isRefused(recipient)) return done();
    return isResend(shipment) ? done(`not sent again: ${recipient.code}`) : stop(`held: ${recipient.code}`);
  });
}
