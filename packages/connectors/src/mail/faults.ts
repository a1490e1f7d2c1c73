import { ConnectorError, type ConnectorFault } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { faultOfSocket } from '../http/fault-of-socket.ts';

/** The used members of a nodemailer error. Its message, response and addresses are ignored: they may quote the mail. */
const smtpError = z.looseObject({
  code: z.string().optional().catch(undefined),
  originalCode: z.string().optional().catch(undefined),
  timeoutType: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
  command: z.string().optional().catch(undefined),
});

type SmtpError = z.infer<typeof smtpError>;

/** RFC 4954: the server requires a login, another one, or a stronger one. */
const authenticationReplies = new Set([530, 534, 535, 538]);
const timeoutsBeforeSending = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT', 'DNS_TIMEOUT']);
const fieldOfCommand: Readonly<Record<string, string>> = { 'MAIL FROM': 'from', 'RCPT TO': 'to', DATA: 'message' };

/** A mail that cannot be sent as it is, found before anything was sent. `field` and `code` hold no value. */
export function refuse(field: string, code: string): ConnectorError {
  return new ConnectorError({ service: 'mail', fault: 'refused' }, `${field} is ${code}`, {
    refusals: [{ field, code }],
  });
}

/** The error for a mail that could not be sent. */
export function faultOfSmtp(thrown: unknown): ConnectorError {
  const error = smtpError.safeParse(thrown).data ?? {};
  const cause = { cause: { code: error.code ?? null, responseCode: error.responseCode ?? null } };
  if (error.code === 'ETLS' || error.code === 'EDNS')
    return new ConnectorError({ service: 'mail', fault: 'unreachable' }, `cannot be reached (${error.code})`, cause);
  if (error.responseCode !== undefined && error.responseCode >= 400)
    return faultOfReply(error, error.responseCode, cause);
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH')
    return new ConnectorError({ service: 'mail', fault: 'unauthorized' }, `cannot log in (${error.code})`, cause);
  if (error.code === 'EENVELOPE' && error.command === 'API')
    return new ConnectorError({ service: 'mail', fault: 'refused' }, 'does not accept the address', cause);
  if (timeoutsBeforeSending.has(error.timeoutType ?? ''))
    return new ConnectorError(
      { service: 'mail', fault: 'unreachable' },
      `cannot be reached (${error.timeoutType ?? ''})`,
      cause,
    );
  // nodemailer replaces the system's code by its own.
  return faultOfSocket('mail', { ...error, code: error.originalCode ?? error.code }, { timedOut: false });
}

function faultOfReply(error: SmtpError, reply: number, cause: { cause: object }): ConnectorError {
  const field = fieldOfCommand[error.command ?? ''] ?? 'mail';
  return new ConnectorError(
    { service: 'mail', fault: faultOf(error, reply) },
    `answered ${reply} to ${error.command ?? 'the mail'}`,
    {
      status: reply,
      refusals: [{ field, code: `smtp_${reply}` }],
      ...cause,
    },
  );
}

/** RFC 5321, 4.2.3: 421 ends the session. A full mailbox is reported for the recipient, by some servers only for the message. */
const isOfRecipient = (command: string | undefined, reply: number): boolean =>
  reply !== 421 && (command === 'RCPT TO' || (command === 'DATA' && (reply === 450 || reply === 452)));

/**
 * A 4xx reply is a temporary refusal, and so is 503, which is about the session and not about the mail. Where it cannot be
 * about the recipient, no mail leaves for now: the server counts as away, and is tried again soon.
 */
function faultOf({ code, command }: SmtpError, reply: number): ConnectorFault {
  if (reply < 500 || reply === 503) return isOfRecipient(command, reply) ? 'rate_limited' : 'unreachable';
  if (code === 'EAUTH' || authenticationReplies.has(reply)) return 'unauthorized';
  return 'refused';
}
