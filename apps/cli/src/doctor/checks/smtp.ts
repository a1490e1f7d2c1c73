import { resolveSecret } from '@keycourier/config/config-file';
import { faultOfSmtp } from '@keycourier/connectors/mail/fault-of-smtp';
import { transportOptions } from '@keycourier/connectors/mail/transport-options';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';
import { createTransport } from 'nodemailer';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skipped } from '../finding.ts';
import { skipFor } from '../unless-green.ts';

/** The mail server is reached, encrypts, and lets us in. No mail is sent. */
export const smtp: Check<TenantUnderCheck> = {
  name: 'smtp',
  run: async ({ config: { mail, pin }, environment, timeoutMs }) => {
    if (mail === undefined)
      return pin.channel === 'okta'
        ? skipped('not needed: Okta mails the PINs')
        : red('there is no mail server', 'set mail');
    try {
      const url = typeof mail.smtp === 'string' ? mail.smtp : await resolveSecret(mail.smtp, environment);
      const options = transportOptions({
        smtp: { url, plain: mail.plain },
        from: mail.from,
        pinCopyPrivateKeys: [],
        timeoutMs,
      });
      const transport = createTransport(options);
      await transport.verify().finally(() => transport.close());
      return green(`${options.host ?? ''}:${options.port ?? ''} lets us in`);
    } catch (error) {
      if (error instanceof ProcessError) return skipFor(error);
      const fault = error instanceof ConnectorError ? error : faultOfSmtp(error);
      const fix =
        fault.fault === 'unauthorized'
          ? 'correct the user and the password in mail.smtp'
          : 'correct mail.smtp; a server without TLS needs mail.plain: true';
      return red(`the mail server ${fault.message}`, fix);
    }
  },
};
