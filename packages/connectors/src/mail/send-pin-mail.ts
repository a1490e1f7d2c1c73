import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { PinMail } from '@keycourier/journey/ports/mail';
import { createTransport } from 'nodemailer';

import { standardTimeoutMs } from '../resilience.ts';
import { decryptPinCopy } from './decrypt-pin-copy.ts';
import { faultOfSmtp } from './faults.ts';
import { recipientOf } from './recipient.ts';
import { renderPinMail } from './render-pin-mail.ts';
import type { MailSettings } from './settings.ts';
import { transportOptions } from './transport-options.ts';
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
  const transport = createTransport(transportOptions(settings));
  try {
    await transport.sendMail({
      ...renderPinMail({ pin, firstName: recipient.name, purpose: mail.purpose, serial: mail.serial }),
      from: settings.from,
      to: { name: recipient.name, address: recipient.address },
      messageId: mail.messageId,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      disableFileAccess: true,
      disableUrlAccess: true,
      signal: AbortSignal.timeout((settings.timeoutMs ?? standardTimeoutMs) * 3),
    });
  } catch (error) {
    throw error instanceof ConnectorError ? error : faultOfSmtp(error);
  } finally {
    transport.close();
  }
}

function unsignedCopies({ acceptsUnsignedPinCopies }: MailSettings, { pinCopy }: PinMail): Signature['unsigned'] {
  if (pinCopy.mayBeUnsigned) return 'always';
  return acceptsUnsignedPinCopies === true ? 'where_no_key_is_published' : 'never';
}
