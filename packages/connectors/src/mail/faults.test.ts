import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ConnectorFault } from '@keycourier/journey/ports/errors';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { unusedUrl } from '../testing/http-server.ts';
import { pin, preparePinMails, type PinMails } from '../testing/pin-mails.ts';
import { scriptedSmtp, type Script } from '../testing/scripted-smtp.ts';
import { startInbox } from '../testing/smtp-inbox.ts';

/** A connection is still there for a mail that a busy machine sends late. */
const longIdle = { idleTimeoutMs: 60_000 };

/** Shorter only where a reply never comes, and not by much where others come before: a busy machine would be late with those. */
function timesFor(script: Script): { timeoutMs?: number } {
  if (script.greeting === 'hang') return { timeoutMs: 700 };
  return script['.'] === 'hang' ? { timeoutMs: 5_000 } : {};
}

let mails: PinMails;
beforeAll(async () => {
  mails = await preparePinMails();
});

describe('the mail server', () => {
  const cases: [title: string, script: Script, fault: ConnectorFault, status: number | null][] = [
    ['refuses the recipient', { RCPT: '550 5.1.1 ada@home.example unknown' }, 'refused', 550],
    ['refuses the recipient for now', { RCPT: '450 4.2.1 ada@home.example busy' }, 'rate_limited', 450],
    ['refuses the sender', { MAIL: '553 no' }, 'refused', 553],
    ['asks for a login', { MAIL: '530 5.7.0 authentication required' }, 'unauthorized', 530],
    ['refuses to take a message', { DATA: '554 no' }, 'refused', 554],
    ['refuses the message', { '.': '554 5.7.1 contains 482913' }, 'refused', 554],
    ['has no room for the message', { '.': '452 4.2.2 full' }, 'rate_limited', 452],
    ['is busy with the mailbox', { '.': '450 4.2.1 busy' }, 'rate_limited', 450],
    ['takes no message for now', { '.': '451 4.3.0 later' }, 'unreachable', 451],
    ['takes no mail for now', { MAIL: '451 4.3.0 later' }, 'unreachable', 451],
    ['has no space at all', { MAIL: '452 4.3.1 full' }, 'unreachable', 452],
    ['stops in the session', { RCPT: '421 4.3.2 shutting down' }, 'unreachable', 421],
    ['lost its place in the session', { RCPT: '503 bad sequence' }, 'rate_limited', 503],
    ['is too busy to greet', { greeting: '421 too busy' }, 'unreachable', 421],
    ['never greets', { greeting: 'hang' }, 'unreachable', null],
    ['says nothing to the message', { '.': 'hang' }, 'outcome_unknown', null],
    ['breaks the connection after the message', { '.': 'reset' }, 'outcome_unknown', null],
    ['breaks the connection before the message', { DATA: 'reset' }, 'outcome_unknown', null],
    ['talks nonsense', { MAIL: 'what?' }, 'outcome_unknown', null],
  ];

  test.each(cases)('%s: %j is %s', async (_title, script, fault, status) => {
    const server = await scriptedSmtp(script);
    const port = mails.port(server.url, timesFor(script));
    const thrown = await faultOf(port.sendPinMail('acme', mails.mail()));
    await server.close();
    expect(thrown).toMatchObject({ service: 'mail', fault, status });
    expect(thrown.message).toMatch(/^mail sendPinMail: /);
    for (const secret of [pin, 'ada@home', 'Ada', mails.mail().pinCopy.jwe])
      expect(everythingIn(thrown)).not.toContain(secret);
  });

  test('gets the next mail over the same connection, or a new one where it has ended that or refused a mail', async () => {
    const server = await scriptedSmtp({});
    const port = mails.port(server.url, longIdle);
    for (let mail = 0; mail < 3; mail += 1) await port.sendPinMail('acme', mails.mail());
    expect(server.heard.connections).toBe(1);
    await server.hangUp();
    await port.sendPinMail('acme', mails.mail());
    expect(server.heard).toMatchObject({ connections: 2, recipients: [expect.stringMatching(/^RCPT TO/)] });
    await server.close();
  });

  test('gets a mail once, where the connection breaks that has sent another before', async () => {
    const server = await scriptedSmtp({});
    const port = mails.port(server.url, longIdle);
    await port.sendPinMail('acme', mails.mail());
    server.say({ '.': 'reset' });
    expect(await faultOf(port.sendPinMail('acme', mails.mail()))).toMatchObject({ fault: 'outcome_unknown' });
    expect(server.heard.connections).toBe(1);
    await server.close();
  });

  test('is not running', async () => {
    expect(await faultOf(mails.port(await unusedUrl('smtp')).sendPinMail('acme', mails.mail()))).toMatchObject({
      fault: 'unreachable',
    });
  });

  test('has an unknown host name', async () => {
    const port = mails.port('smtp://mail.keycourier.invalid:25', { timeoutMs: 5_000 });
    expect(await faultOf(port.sendPinMail('acme', mails.mail()))).toMatchObject({ fault: 'unreachable' });
  });

  test('refuses the login', async () => {
    const strict = await startInbox({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new RangeError('no')),
    });
    const thrown = await faultOf(
      mails.port(strict.url.replace('//', '//kc:p%40ss@')).sendPinMail('acme', mails.mail()),
    );
    await strict.close();
    expect(thrown).toMatchObject({ fault: 'unauthorized', status: 535 });
    expect(everythingIn(thrown)).not.toContain('p@ss');
  });
});

test('the login is the one in the URL, unescaped', async () => {
  const logins: unknown[] = [];
  const strict = await startInbox({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      logins.push([username, password]);
      done(null, { user: username });
    },
  });
  await mails.port(strict.url.replace('//', '//kc:p%40ss@')).sendPinMail('acme', mails.mail());
  await strict.close();
  expect(logins).toEqual([['kc', 'p@ss']]);
});

describe('a server on another machine gets no mail', () => {
  // The same machine under a name that does not say so.
  const elsewhere = (url: string): string => url.replace('127.0.0.1', '127.1');

  test('when it cannot encrypt', async () => {
    const plain = await startInbox();
    const thrown = await faultOf(mails.port(elsewhere(plain.url)).sendPinMail('acme', mails.mail()));
    await plain.close();
    expect(thrown).toMatchObject({ fault: 'unreachable', message: 'mail sendPinMail: cannot be reached (ETLS)' });
    expect(plain.received).toEqual([]);
  });

  test('when its certificate is not trusted', async () => {
    const selfSigned = await startInbox({ disabledCommands: [] });
    const thrown = await faultOf(mails.port(elsewhere(selfSigned.url)).sendPinMail('acme', mails.mail()));
    await selfSigned.close();
    expect(thrown).toMatchObject({ fault: 'unreachable' });
    expect(selfSigned.received).toEqual([]);
  });
});
