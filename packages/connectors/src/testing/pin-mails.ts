import type { MailPort, PinMail } from '@keycourier/journey/ports/mail';

import { createMailPort } from '../mail/create-mail-port.ts';
import type { MailSettings } from '../mail/settings.ts';
import { makePinCopyKeys, makeSigner, sealPinCopy } from './pin-copies.ts';

export const pin = '482913';

export interface PinMails {
  /** Our port on a mail server. The breaker never opens. */
  port: (url: string, times?: Pick<MailSettings, 'timeoutMs' | 'idleTimeoutMs'>) => MailPort;
  /** A mail whose PIN copy the port can decrypt. */
  mail: (part?: Partial<PinMail>) => PinMail;
}

export async function preparePinMails(): Promise<PinMails> {
  const keys = await makePinCopyKeys('copy-1');
  const signer = await makeSigner('signing-1');
  const signed = await signer.sign({ version: 1, shipmentId: 'abc', serial: '3632071', pin });
  const jwe = await sealPinCopy(signed, keys.publicKey, { cty: 'JWT' });
  return {
    port: (url, times) => {
      const from = 'Acme IT <it@acme.example>';
      const settings = { smtp: { url }, from, pinCopyPrivateKeys: [keys.privateKey], timeoutMs: 60_000, ...times };
      return createMailPort(() => settings, { resilience: { breakAfter: 1_000 } });
    },
    mail: (part = {}) => ({
      to: 'ada@home.example',
      firstName: 'Ada',
      messageId: '<pin-1@keycourier>',
      purpose: 'primary',
      orderId: 'abc',
      serial: '3632071',
      pinCopy: { jwe, signingKeys: [signer.publishedKey], mayBeUnsigned: false },
      ...part,
    }),
  };
}
