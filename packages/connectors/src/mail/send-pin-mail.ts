import type { PinMail } from '@keycourier/journey/ports/mail';

import { decryptPinCopy } from './decrypt-pin-copy.ts';
import { recipientOf } from './recipient.ts';
import { renderPinMail, type RenderedMail } from './render-pin-mail.ts';
import { sendMail } from './send-mail.ts';
import type { MailSettings } from './settings.ts';
import type { Signature } from './verify-pin-copy.ts';

/**
 * Decrypts the PIN copy, renders the mail and sends it to one address: the only place where a PIN is plain text
 * (invariant 5).
 * @throws ConnectorError, never with any content of the mail
 */
export async function sendPinMail(settings: MailSettings, mail: PinMail): Promise<void> {
  const recipient = recipientOf(mail.to, mail.firstName);
  const pin = await decryptPinCopy(mail.pinCopy.jwe, {
    orderId: mail.orderId,
    serial: mail.serial,
    privateKeys: settings.pinCopyPrivateKeys,
    signature: { publishedKeys: mail.pinCopy.signingKeys, unsigned: unsignedCopies(settings, mail) },
  });
  const render = (): RenderedMail =>
    renderPinMail({ pin, firstName: recipient.name, purpose: mail.purpose, serial: mail.serial });
  await sendMail(settings, { recipient, messageId: mail.messageId, render });
}

function unsignedCopies({ acceptsUnsignedPinCopies }: MailSettings, { pinCopy }: PinMail): Signature['unsigned'] {
  if (pinCopy.mayBeUnsigned) return 'always';
  return acceptsUnsignedPinCopies === true ? 'where_no_key_is_published' : 'never';
}
