import { keyHolderOf } from '../model/key-holder.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { PinMail } from '../ports/mail.ts';
import type { Outcome } from '../steps/outcome.ts';
import { recipientsOf } from './pin-recipients.ts';

/**
 * Has Okta mail the PIN, or mails it to each frozen address. `lastLook` is taken right before each mail; what it returns
 * but null is the end of the step, and the mail does not leave.
 * @throws ConnectorError `refused` where it can be sent to no one as it is
 */
export async function deliverPin(
  context: Context,
  shipment: Shipment,
  lastLook: () => Promise<Outcome | null>,
): Promise<Outcome | null> {
  const { tenant, pinPolicy, credential, secrets } = shipment;
  if (pinPolicy.channel === 'okta') {
    const stopped = await lastLook();
    const { org, userId } = keyHolderOf(shipment);
    if (stopped === null) await context.identity.sendPin(org, userId, credential.enrollmentId ?? '');
    return stopped;
  }
  const { profile } = secrets;
  const recipients = profile === undefined ? [] : recipientsOf(profile, pinPolicy);
  if (profile === undefined || recipients.length === 0) throw gone('to');
  const mail = await mailOf(context, shipment);
  for (const [index, to] of recipients.entries()) {
    const stopped = await lastLook();
    if (stopped !== null) return stopped;
    const messageId = `<pin-${index + 1}.${shipment.id}@keycourier>`;
    await context.mail.sendPinMail(tenant, { ...mail, to, firstName: profile.firstName, messageId });
  }
  return null;
}

async function mailOf(
  context: Context,
  { tenant, purpose, order, credential, intents, secrets }: Shipment,
): Promise<Pick<PinMail, 'purpose' | 'orderId' | 'serial' | 'pinCopy'>> {
  if (secrets.pinCopy === undefined || order.providerId === null || credential.serial === null) throw gone('pinCopy');
  return {
    purpose,
    orderId: order.providerId,
    serial: credential.serial,
    pinCopy: {
      jwe: secrets.pinCopy.jwe,
      signingKeys: secrets.pinCopy.signingKeys ?? (await context.fulfillment.signingKeys(tenant)),
      mayBeUnsigned: intents.order?.expectsSignedPinCopy !== true,
    },
  };
}

const gone = (field: string): ConnectorError =>
  new ConnectorError({ service: 'mail', fault: 'refused' }, 'the sealed PIN or its address is gone', {
    refusals: [{ field, code: 'gone' }],
  });
