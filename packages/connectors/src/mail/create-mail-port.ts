import type { MailPort } from '@keycourier/journey/ports/mail';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { sendPinMail } from './send-pin-mail.ts';
import { sendWelcomeMail } from './send-welcome-mail.ts';
import type { MailSettingsOf } from './settings.ts';

/** Mail for every tenant, over its own SMTP server. Every mail is sent once. */
export function createMailPort(
  settingsOf: MailSettingsOf,
  options: { resilience?: Partial<ResilienceOptions> } = {},
): MailPort {
  const guard = createGuard('mail', options.resilience);
  return {
    sendPinMail: (tenant, mail) =>
      runCall('mail', 'sendPinMail', async () => {
        const settings = settingsOf(tenant);
        return guard(tenant, 'effect', () => sendPinMail(settings, mail));
      }),
    sendWelcomeMail: (tenant, mail) =>
      runCall('mail', 'sendWelcomeMail', async () => {
        const settings = settingsOf(tenant);
        return guard(tenant, 'effect', () => sendWelcomeMail(settings, mail));
      }),
  };
}
