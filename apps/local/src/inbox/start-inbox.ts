import { join } from 'node:path';

import { listen } from '@keycourier/runtime/http-server';
import type { Logger } from '@keycourier/runtime/logger';
import { assertMayRun } from '@keycourier/simulator-kit/permission';

import { loadMailbox } from './mailbox.ts';
import { receiveMail } from './receive-mail.ts';
import { inboxRoutes } from './routes.ts';
import { createSmtpFaults } from './smtp-fault.ts';

const newestKept = 10_000;

export interface InboxOptions {
  host: string;
  /** 0 means any free port, as for `httpPort`. */
  smtpPort: number;
  httpPort: number;
  /** Mails are stored in its folder `inbox`; without it, only in memory. */
  dataDir?: string;
  /** KEYCOURIER_MODE; `local` by default, which allows loopback only. */
  mode?: string;
  /** Receives ids of mails, never their content. */
  log: Logger;
}

export interface Inbox {
  /** `smtp://host:port` to send to. */
  smtpUrl: string;
  /** Base URL of the page and of `GET /email`. */
  url: string;
  close: () => Promise<void>;
}

/**
 * Receives all mails of keycourier and the simulators, for every address.
 * @throws SimulatorRefused where a simulator must not run; ProcessError if a port is in use, with the variable that sets it
 */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const { host, log, dataDir } = options;
  assertMayRun('The inbox', { mode: options.mode ?? 'local', host });
  const folder = dataDir === undefined ? undefined : join(dataDir, 'inbox');
  const mailbox = await loadMailbox({ folder, limit: newestKept, log });
  const faults = createSmtpFaults();
  const receiver = await receiveMail({ host, port: options.smtpPort, mailbox, faults, log });
  try {
    const page = await listen(inboxRoutes({ mailbox, faults }), {
      host,
      port: options.httpPort,
      variable: 'INBOX_PORT',
    });
    return {
      smtpUrl: receiver.url,
      url: page.url,
      close: async () => {
        await receiver.close();
        await page.close();
      },
    };
  } catch (error) {
    await receiver.close();
    throw error;
  }
}
