import { isLoopback } from '@keycourier/runtime/loopback';
import type { SMTPTransportOptions } from 'nodemailer';

import { standardTimeoutMs } from '../resilience.ts';
import type { MailSettings } from './settings.ts';

/**
 * One connection for one mail, encrypted unless the server is on this machine or the setting allows plain text. Only the
 * URL's address and login are used: nodemailer would read options from the query, logging among them.
 */
export function transportOptions({ smtp, timeoutMs = standardTimeoutMs }: MailSettings): SMTPTransportOptions {
  const url = new URL(smtp.url);
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
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

function encryption(host: string, plain: boolean): SMTPTransportOptions {
  if (isLoopback(host)) return { ignoreTLS: true };
  return plain ? { opportunisticTLS: true } : { requireTLS: true };
}
