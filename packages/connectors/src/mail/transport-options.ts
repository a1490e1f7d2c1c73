import { isLoopback } from '@keycourier/runtime/loopback';
import type { SMTPPoolOptions } from 'nodemailer';

import { standardTimeoutMs } from '../resilience.ts';
import type { MailSettings } from './settings.ts';

/** Long enough for the mails of a batch to follow each other; a server at rest has no connection of ours. */
const standardIdleTimeoutMs = 1_000;

/**
 * Connections that are used again, encrypted unless the server is on this machine or the setting allows plain text. Only the
 * URL's address and login are used: nodemailer would read options from the query, logging among them.
 */
export function transportOptions({
  smtp,
  timeoutMs = standardTimeoutMs,
  idleTimeoutMs = standardIdleTimeoutMs,
}: MailSettings): SMTPPoolOptions & { pool: true } {
  const url = new URL(smtp.url);
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    pool: true,
    idleTimeout: idleTimeoutMs,
    // A mail of which no byte was sent goes over another connection, once.
    maxRequeues: 1,
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...encryption(host, smtp.plain === true),
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    // Longer than the greeting's timeout: a server that never greets ends by that one, and the mail was certainly not sent.
    socketTimeout: timeoutMs * 2,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    debug: false,
  };
}

function encryption(
  host: string,
  plain: boolean,
): Pick<SMTPPoolOptions, 'ignoreTLS' | 'opportunisticTLS' | 'requireTLS'> {
  if (isLoopback(host)) return { ignoreTLS: true };
  return plain ? { opportunisticTLS: true } : { requireTLS: true };
}
