import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';

export type Welcome =
  | { outcome: 'sent' }
  | { outcome: 'not_yet'; afterMs: number }
  | { outcome: 'not_sent'; reason: string };

/**
 * Mails a new person what happens next, at most once ever: it is recorded before, and a mail whose acceptance is not known is
 * not repeated.
 * @throws ConnectorError where no mail was sent, and another attempt may send it
 */
export async function welcome(
  context: Context,
  { tenant, personId }: { tenant: string; personId: string },
): Promise<Welcome> {
  const claim = await context.directory.claimWelcome(tenant, personId, { canMail: context.tenant(tenant).mailsPeople });
  if (claim.outcome === 'not_due') return { outcome: 'not_sent', reason: claim.reason };
  if (claim.outcome === 'not_yet') return claim;
  if (claim.outcome === 'cannot_mail') {
    context.alarm('welcome_mail_needs_mail_settings', { tenant });
    return { outcome: 'not_sent', reason: 'the tenant has no mail settings for the welcome mail' };
  }
  const { to, firstName } = claim;
  try {
    await context.mail.sendWelcomeMail(tenant, { to, firstName, messageId: `<welcome.${personId}@keycourier>` });
    return { outcome: 'sent' };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (error.fault === 'outcome_unknown')
      return { outcome: 'not_sent', reason: 'the welcome mail may have been sent' };
    if (error.fault === 'refused') return { outcome: 'not_sent', reason: 'the mail server refused the welcome mail' };
    await context.directory.releaseWelcome(tenant, personId);
    throw error;
  }
}
