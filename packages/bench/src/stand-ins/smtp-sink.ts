/** An SMTP server in a process of its own that accepts every mail, keeps when it did, and nothing of its content. */
import { once } from 'node:events';

import { SMTPServer } from 'smtp-server';
import { z } from 'zod';

import { answerRequests } from '../measure/answer-requests.ts';

/** Address and time of acceptance, in milliseconds since 1970. */
const accepted: [string, number][] = [];
let onAccepted = (): void => undefined;

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  authOptional: true,
  disableReverseLookup: true,
  onData: (stream, session, callback) => {
    stream.resume();
    stream.once('end', () => {
      const at = performance.timeOrigin + performance.now();
      for (const { address } of session.envelope.rcptTo) accepted.push([address, at]);
      callback();
      onAccepted();
    });
  },
});
server.on('error', () => undefined);
server.listen(0, '127.0.0.1');
await once(server.server, 'listening');
const bound = server.server.address();
const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

const request = z.strictObject({ until: z.int() });

/** Answers once `until` mails were accepted, with all of them, and forgets them. */
answerRequests(`smtp://127.0.0.1:${port}`, async (received) => {
  const { until } = request.parse(received);
  await new Promise<void>((resolve) => {
    onAccepted = () => {
      if (accepted.length >= until) resolve();
    };
    onAccepted();
  });
  return accepted.splice(0);
});
