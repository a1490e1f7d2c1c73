import type { Decision } from '../model/change.ts';
import { isNext } from '../model/plan.ts';
import { justSeen } from '../model/seen-user.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { done, lastMove, stop, type LastMove, type StepEnd } from '../steps/outcome.ts';
import { checkRecipient, holdForRecipient, isAsChecked, isRefused } from './check-recipient.ts';
import { isResend } from './pin-recipients.ts';

/**
 * The last check before a PIN is sent: the user is read again, and held when they or their address are not as checked. One whom
 * the poll that found the key has read a moment ago is not asked for once more; the hour that a mail may wait begins at that read.
 */
export async function releasePin(context: Context, attempt: StepAttempt): Promise<StepEnd> {
  const { shipment, hasDirectory } = attempt;
  // The operator who releases the PIN from this hold has seen the change and confirms what Okta has now.
  const isConfirmed = shipment.plan.releaseOverridden && shipment.liftedHold?.code === 'pin_address_changed';
  const seen = justSeen(attempt, context.now());
  const at = seen?.at ?? context.now();
  const recipient = await checkRecipient(context, shipment, { isConfirmed, hasDirectory, seen });
  const decide: LastMove['moves'][number] = (current) => {
    if (!isNext(current.plan, 'release-pin')) return null;
    if (isRefused(recipient)) return holdForRecipient(current, recipient, context.now());
    return release(at, recipient.outcome === 'confirmed' ? { secrets: { profile: recipient.profile } } : {});
  };
  return lastMove(decide, () => {
    if (!isRefused(recipient)) return done();
    return isResend(shipment) ? done(`not sent again: ${recipient.code}`) : stop(`held: ${recipient.code}`);
  });
}

const release = (at: Date, besides: Decision['change']): Decision => ({
  change: { pin: 'released', intents: { release: { at: at.toISOString() } }, ...besides },
  note: { event: 'pin.released' },
});

/**
 * The release without a call, with the end of the step `before`: of a user who was read a moment ago and is as checked, where
 * neither the directory, a hub nor another source is to be asked. Null else: then the step runs.
 */
export function releaseToSeen(context: Context, before: StepAttempt, shipment: Shipment): Decision | null {
  const seen = justSeen(before, context.now());
  if (seen === undefined || before.hasDirectory || !isNext(shipment.plan, 'release-pin')) return null;
  return isAsChecked(context, shipment, seen.user) ? release(seen.at, {}) : null;
}
