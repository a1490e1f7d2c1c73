import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PinMail } from '@keycourier/journey/ports/mail';
import fc from 'fast-check';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { pin, preparePinMails, type PinMails } from '../testing/pin-mails.ts';
import { scriptedSmtp } from '../testing/scripted-smtp.ts';
import { startInbox, type SmtpInbox } from '../testing/smtp-inbox.ts';

let mails: PinMails;
let inbox: SmtpInbox;
beforeAll(async () => {
  mails = await preparePinMails();
  inbox = await startInbox();
});
afterAll(() => inbox.close());

async function send(part: Partial<PinMail> = {}) {
  inbox.received.length = 0;
  await mails.port(inbox.url).sendPinMail('acme', mails.mail(part));
  return inbox.received;
}

/** Header lines, unfolded. */
function headersOf(raw: string): string[] {
  const [head = ''] = raw.split('\r\n\r\n');
  return head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
}

test('the mail goes to one address, from the tenant, with its message id, in plain text and HTML', async () => {
  const [received, ...others] = await send();
  expect(others).toEqual([]);
  expect(received).toMatchObject({ from: 'it@acme.example', to: ['ada@home.example'] });
  const headers = headersOf(received?.raw ?? '');
  expect(headers).toContain('From: Acme IT <it@acme.example>');
  expect(headers).toContain('To: Ada <ada@home.example>');
  expect(headers).toContain('Message-ID: <pin-1@keycourier>');
  expect(headers).toContain('Subject: The PIN for your new security key');
  expect(headers).toContain('Auto-Submitted: auto-generated');
  expect(received?.raw).toContain('multipart/alternative');
  expect(headers.join('\n')).not.toContain(pin);
});

test('a repeated mail has the same id', async () => {
  const [first] = await send();
  const [second] = await send();
  const id = (raw = ''): string | undefined => headersOf(raw).find((line) => line.startsWith('Message-ID'));
  expect(id(first?.raw)).toBe(id(second?.raw));
});

describe('anything but exactly one address is refused before anything is sent:', () => {
  const addresses = [
    'ada',
    'ada@home.example, eve@evil.example',
    'ada@home.example;eve@evil.example',
    'ada@home.example\r\nBcc: eve@evil.example',
    'ada@home.example\n',
    '"eve@evil.example" <ada@home.example>',
    'Ada <ada@home.example>',
    'ada@home.example(eve@evil.example)',
    '"ada@evil.example "@home.example',
    'ada@[127.0.0.1]',
    `${'a'.repeat(250)}@home.example`,
    '',
  ];

  test.each(addresses)('%j', async (to) => {
    const thrown = await faultOf(send({ to }));
    expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'to', code: 'not_an_address' }] });
    expect(inbox.received).toEqual([]);
    if (to !== '') expect(everythingIn(thrown)).not.toContain(to);
  });
});

describe('for any name or address', () => {
  const lineBreaks = ['\r\n', '\n', '\r', '\0', '\u2028'];
  const specials = ['"', ',', ';', '<', '>', '@', '(', ')', ':', '\\', '=?utf-8?Q?x?=', 'Bcc: eve@evil.example'];
  const hostile = fc.constantFrom(...lineBreaks, ...specials, 'é', '王', '1234', ' ', 'a');
  const joined = (maxLength: number) => fc.array(hostile, { maxLength }).map((parts) => parts.join(''));
  const name = fc.oneof(joined(8), fc.string({ unit: 'grapheme', maxLength: 60 }));
  const to = fc.oneof(
    { weight: 3, arbitrary: fc.constant('ada@home.example') },
    { weight: 1, arbitrary: joined(4).map((part) => `ada${part}@home.example`) },
  );

  test('a mail has one recipient and the headers that every mail has', async () => {
    const server = await scriptedSmtp({});
    const port = mails.port(server.url);
    const headerNames = (): string[] =>
      headersOf(server.heard.message.join('\r\n')).map((line) => line.split(':')[0] ?? '');
    await port.sendPinMail('acme', mails.mail());
    const known = headerNames();
    expect(known).toContain('Message-ID');
    const property = fc.asyncProperty(name, to, async (firstName, address) => {
      const sent = await port.sendPinMail('acme', mails.mail({ firstName, to: address })).then(
        () => true,
        () => false,
      );
      if (!sent) return;
      expect(server.heard.recipients).toEqual([`RCPT TO:<${address}>`]);
      expect(headerNames()).toEqual(known);
    });
    await fc.assert(property, { numRuns: 300 });
    await server.close();
  });
});

test.each(['1234', 'Ada 482914', 'evil.example', 'http://evil.example', 'a@b', 'x'.repeat(51), 'Ada\r\nX: y'])(
  'a name that could pass for a PIN or a link is not repeated: %j',
  async (firstName) => {
    const [received] = await send({ firstName });
    expect(headersOf(received?.raw ?? '')).toContain('To: ada@home.example');
    expect(received?.raw).toContain('Hello,');
  },
);

describe('a copy for another key', () => {
  test('is refused', async () => {
    const thrown = await faultOf(send({ serial: '9999999' }));
    expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'pinCopy', code: 'for_another_key' }] });
    expect(inbox.received).toEqual([]);
  });

  test('of another order is refused', async () => {
    const thrown = await faultOf(send({ orderId: 'abd' }));
    expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'pinCopy', code: 'for_another_order' }] });
    expect(inbox.received).toEqual([]);
  });
});
