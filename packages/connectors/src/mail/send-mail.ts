import { ConnectorError } from '@keycourier/journey/ports/errors';
import { createTransport } from 'nodemailer';

import { standardTimeoutMs } from '../resilience.ts';
import { faultOfSmtp } from './faults.ts';
import type { Recipient } from './recipient.ts';
import type { RenderedMail } from './render-pin-mail.ts';
import type { MailSettings } from './settings.ts';
import { transportOptions } from './transport-options.ts';

export interface MailToSend {
  recipient: Recipient;
  messageId: string;
  render: () => RenderedMail;
}

/**
 * Sends one mail to one address, once.
 * @throws ConnectorError, never with any content of the mail
 */
export async function sendMail(settings: MailSettings, { recipient, messageId, render }: MailToSend): Promise<void> {
  try {
    await transportOf(settings).sendMail({
      ...render(),
      from: settings.from,
      to: { name: recipient.name, address: recipient.address },
      messageId,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      disableFileAccess: true,
      disableUrlAccess: true,
      signal: AbortSignal.timeout((settings.timeoutMs ?? standardTimeoutMs) * 3),
    });
  } catch (error) {
    throw error instanceof ConnectorError ? error : faultOfSmtp(error);
  }
}

/** Those that have a connection, by server and login. */
const transports = new Map<string, ReturnType<typeof createPool>>();

const createPool = (settings: MailSettings) => createTransport(transportOptions(settings));

function transportOf(settings: MailSettings): ReturnType<typeof createPool> {
  const { smtp, timeoutMs, idleTimeoutMs } = settings;
  const name = JSON.stringify([smtp.url, smtp.plain, timeoutMs, idleTimeoutMs]);
  const known = transports.get(name);
  if (known !== undefined) return known;
  const transport = createPool(settings);
  transports.set(name, transport);
  transport.on('clear', () => transports.delete(name));
  return transport;
}
