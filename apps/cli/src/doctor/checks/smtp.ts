import { resolveSecret } from '@keycourier/config/secrets';
import { faultOfSmtp } from '@keycourier/connectors/mail/faults';
import { transportOptions } from '@keycourier/connectors/mail/transport-options';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';
import { smtpUrl } from '@keycourier/runtime/service-url';
import { createTransport } from 'nodemailer';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skipped, skippedFor } from '../finding.ts';

/** The mail server can be reached, uses TLS and accepts the login. Sends no mail. */
export const smtp: Check<TenantUnderCheck> = {
  name: 'smtp',
  run: async ({ config: { mail, pin }, environment, timeoutMs }) => {
    if (mail === undefined)
      return pin.channel === 'okta'
        ? skipped('not needed: Okta sends the PIN mails')
        : red('no mail server is configured', 'set mail');
    try {
      const text = typeof mail.smtp === 'string' ? mail.smtp : await resolveSecret(mail.smtp, environment);
      const url = smtpUrl.safeParse(text).data;
      if (url === undefined) return skipped('the URL of the mail server cannot be read: see secrets');
      const options = transportOptions({
        smtp: { url, plain: mail.plain },
        from: mail.from,
        pinCopyPrivateKeys: [],
        timeoutMs,
      });
      const transport = createTransport(options);
      await transport.verify().finally(() => transport.close());
      return green(`${options.host ?? ''}:${options.port ?? ''} accepts the login`);
    } catch (error) {
      if (error instanceof ProcessError) return skippedFor(error);
      const fault = error instanceof ConnectorError ? error : faultOfSmtp(error);
      const fix =
        fault.fault === 'unauthorized'
          ? 'fix the user and password in mail.smtp'
          : 'fix mail.smtp; a server without TLS needs mail.plain: true';
      return red(`the mail server ${fault.message}`, fix);
    }
  },
};
