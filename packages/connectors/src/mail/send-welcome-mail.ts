import type { WelcomeMail } from '@keycourier/journey/ports/mail';

import { recipientOf } from './recipient.ts';
import { renderWelcomeMail } from './render-welcome-mail.ts';
import { sendMail } from './send-mail.ts';
import type { MailSettings } from './settings.ts';

/** @throws ConnectorError, never with any content of the mail */
export async function sendWelcomeMail(settings: MailSettings, mail: WelcomeMail): Promise<void> {
  const recipient = recipientOf(mail.to, mail.firstName);
  const render = () => renderWelcomeMail({ firstName: recipient.name });
  await sendMail(settings, { recipient, messageId: mail.messageId, render });
}
