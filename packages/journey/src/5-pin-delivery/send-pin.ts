import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, stop, type Outcome } from '../steps/outcome.ts';
import { isResend, mask, recipientsOf, refuseResend } from './pin-recipients.ts';

/**
 * Sends the PIN to its owner and deletes it. `sending` is committed before the mail is sent; a mail whose acceptance was
 * not confirmed is sent again to the same frozen address under the same Message-ID, so that a mail program can show it
 * once. The sealed copy is deleted in the transaction that records it as sent (invariant 5).
 */
export async function sendPin(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const sending = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'released' || !isNext(current.plan, 'send-pin')) return null;
    return {
      change: { pin: 'sending', intents: { send: { at: context.now().toISOString() } } },
      note: { event: 'pin.sending' },
    };
  });
  if (!isNext(sending.shipment.plan, 'send-pin')) return done('no longer to be sent');
  const refusal = await orRefusal(() => deliver(context, sending.shipment));
  if (refusal instanceof ConnectorError) return holdRefused(context, shipment, refusal);
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'sending') return null;
    return {
      change: { pin: 'sent', pinMail: { sentTo: sentTo(current), sentAt: context.now() }, secrets: { pinCopy: null } },
      note: { event: 'pin.sent', detail: { channel: current.pinPolicy.channel } },
    };
  });
  return done();
}

async function deliver(context: Context, shipment: Shipment): Promise<void> {
  const { tenant, pinPolicy, credential, secrets } = shipment;
  if (pinPolicy.channel === 'okta')
    return context.identity.sendPin(tenant, shipment.user.id ?? '', credential.enrollmentId ?? '');
  const { profile, pinCopy } = secrets;
  const recipients = profile === undefined ? [] : recipientsOf(profile, pinPolicy);
  if (profile === undefined || pinCopy === undefined || recipients.length === 0)
    throw new ConnectorError({ service: 'mail', fault: 'refused' }, 'the sealed PIN or its address is gone', {
      refusals: [{ field: 'pinCopy', code: 'gone' }],
    });
  for (const [index, to] of recipients.entries())
    await context.mail.sendPinMail(tenant, {
      to,
      firstName: profile.firstName,
      messageId: `<pin-${index + 1}.${shipment.id}@keycourier>`,
      pinCopyJwe: pinCopy.jwe,
      serial: credential.serial,
    });
}

/** Okta picks the address itself and does not report it. */
function sentTo({ pinPolicy, secrets }: Shipment): string | null {
  if (pinPolicy.channel === 'okta' || secrets.profile === undefined) return null;
  return recipientsOf(secrets.profile, pinPolicy).map(mask).join(', ');
}

/** Back to sealed: the address may be at fault, and is read again before the next mail. */
async function holdRefused(context: Context, shipment: Shipment, refusal: ConnectorError): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'sending') return null;
    if (isResend(current)) return refuseResend('mail_refused');
    const problems = problemsFrom(refusal);
    return holdFor(current, 'mail_refused', { now: context.now(), problems, change: { pin: 'sealed' } });
  });
  return isResend(shipment) ? done('not sent again: mail_refused') : stop('held: mail_refused');
}
