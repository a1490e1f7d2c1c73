import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

import type { Logger } from '@keycourier/runtime/logger';
import { portProblem } from '@keycourier/runtime/port-problem';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

import { decideDelivery, type Verdict } from './decide-delivery.ts';
import type { Mailbox } from './mailbox.ts';
import type { SmtpFaults } from './smtp-fault.ts';

const largestMailBytes = 10 * 1_024 * 1_024;

export interface MailReceiver {
  url: string;
  close: () => Promise<void>;
}

interface ReceiverOptions {
  host: string;
  port: number;
  mailbox: Mailbox;
  faults: SmtpFaults;
  log: Logger;
}

/**
 * An SMTP server that accepts mail from and to every address, without AUTH or STARTTLS.
 * @throws ProcessError `start_failed`
 */
export async function receiveMail(options: ReceiverOptions): Promise<MailReceiver> {
  const { host, port, log } = options;
  const connections = createConnections();
  const server = new SMTPServer({
    name: 'inbox.keycourier.local',
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    size: largestMailBytes,
    closeTimeout: 1_000,
    socketTimeout: 10 * 60_000,
    onData: (stream, session, callback) => {
      const answer = async (): Promise<void> => {
        const verdict = await judge(stream, session, options);
        if (verdict.answer === 'accepted') callback();
        else if (verdict.answer === 'refused') callback(new SmtpRefusal(verdict.code, verdict.text));
        else if (verdict.answer === 'hang up') connections.drop(session);
        else connections.leaveOpen(session);
      };
      answer().catch((error: unknown) => callback(error instanceof Error ? error : new SmtpRefusal(451, 'not stored')));
    },
  });
  server.server.on('connection', connections.add);
  // Clients that disconnect are expected.
  server.on('error', (error) => log.debug({ err: error }, 'an SMTP connection failed'));
  return {
    url: await listen(server, { host, port }),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve));
      connections.close();
      await closed;
    },
  };
}

/** The connections of the server; smtp-server itself can neither drop one nor leave one without an answer. */
function createConnections() {
  const sockets = new Map<string, Socket>();
  const unanswered = new Set<Socket>();
  return {
    add: (socket: Socket): void => {
      const peer = peerOf(socket);
      sockets.set(peer, socket);
      socket.once('close', () => {
        sockets.delete(peer);
        unanswered.delete(socket);
      });
    },
    drop: (session: SMTPServerSession): void => void sockets.get(peerOf(session))?.destroy(),
    leaveOpen: (session: SMTPServerSession): void => {
      const socket = sockets.get(peerOf(session));
      if (socket !== undefined) unanswered.add(socket);
    },
    /** Closes those without an answer, which would keep the server from closing. */
    close: (): void => {
      for (const socket of unanswered) socket.destroy();
    },
  };
}

/** Reads the whole mail before it refuses it, as a real server does: the answer replaces the 250. */
async function judge(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  options: ReceiverOptions,
): Promise<Verdict> {
  const message = await buffer(stream).catch(() => undefined);
  if (message === undefined) return { answer: 'hang up' };
  if (stream.sizeExceeded) return { answer: 'refused', code: 552, text: `A mail may have ${largestMailBytes} bytes` };
  const { mailFrom, rcptTo } = session.envelope;
  const to = rcptTo.map(({ address }) => address);
  return decideDelivery(message, { from: mailFrom === false ? '' : mailFrom.address, to }, options);
}

/** The error that smtp-server sends for a refused mail; it reads the code from `responseCode`. */
class SmtpRefusal extends Error {
  readonly code = 'smtp_refusal';
  readonly level = 'info';
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

const peerOf = (end: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string =>
  `${(end.remoteAddress ?? '').replace(/^::ffff:/i, '')} ${end.remotePort}`;

/** Resolves with the URL, which contains the actual port. */
async function listen(server: SMTPServer, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    const listening = once(server.server, 'listening');
    server.listen(port, host);
    await listening;
  } catch (cause) {
    throw portProblem(cause, { host, port, variable: 'SMTP_PORT' });
  }
  const bound = server.server.address();
  const actualPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `smtp://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}
