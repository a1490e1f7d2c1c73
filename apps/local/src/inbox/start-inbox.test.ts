import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@keycourier/runtime/logger';
import { until } from '@keycourier/runtime/testing/until';
import { createTransport, type SendMailOptions, type SentMessageInfo } from 'nodemailer';
import { z } from 'zod';

import { startInbox, type Inbox } from './start-inbox.ts';

const receivedMails = z.array(
  z.looseObject({
    id: z.string(),
    to: z.array(z.object({ address: z.string(), name: z.string() })),
    from: z.array(z.object({ address: z.string(), name: z.string() })),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    messageId: z.string(),
    date: z.iso.datetime(),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    envelope: z.object({ from: z.string(), to: z.array(z.string()) }),
  }),
);

describe('the inbox', () => {
  let dataDir: string;
  let inbox: Inbox;
  let logged: string[];

  const start = async (): Promise<Inbox> => {
    const log = createLogger({ name: 'inbox', level: 'trace', destination: { write: (line) => logged.push(line) } });
    return startInbox({ host: '127.0.0.1', smtpPort: 0, httpPort: 0, dataDir, log });
  };
  const send = async (mail: SendMailOptions): Promise<SentMessageInfo> => {
    const transport = createTransport(inbox.smtpUrl, { from: 'Keys <keys@acme.example>', to: 'ada@acme.example' });
    try {
      return await transport.sendMail({ subject: 'A key', text: 'On its way', ...mail });
    } finally {
      transport.close();
    }
  };
  const mails = async () => receivedMails.parse(await (await fetch(`${inbox.url}/email`)).json());
  const arm = async (fault: unknown): Promise<number> =>
    (
      await fetch(`${inbox.url}/sim/smtp`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      })
    ).status;
  const page = async (path: string): Promise<string> => (await fetch(inbox.url + path)).text();

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'keycourier-inbox-'));
    logged = [];
    inbox = await start();
  });

  afterEach(async () => {
    await inbox.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  describe('GET /email', () => {
    test('returns the mails, oldest first, in the format of maildev', async () => {
      await send({
        subject: 'Ihr Schlüssel ⌁',
        text: 'PIN: 482913',
        html: '<p>PIN: <b>482913</b></p>',
        messageId: '<a@acme.example>',
      });
      await send({ to: ['"Lovelace, Ada" <ada@home.example>', 'bob@acme.example'], subject: 'second' });
      const [first, second] = await mails();
      expect(first).toMatchObject({
        to: [{ address: 'ada@acme.example', name: '' }],
        from: [{ address: 'keys@acme.example', name: 'Keys' }],
        subject: 'Ihr Schlüssel ⌁',
        text: expect.stringContaining('PIN: 482913'),
        html: expect.stringContaining('<b>482913</b>'),
        messageId: '<a@acme.example>',
        headers: { 'message-id': '<a@acme.example>' },
      });
      expect(second?.to).toEqual([
        { address: 'ada@home.example', name: 'Lovelace, Ada' },
        { address: 'bob@acme.example', name: '' },
      ]);
    });

    test('includes the recipient of a blind copy in the envelope', async () => {
      await send({ bcc: 'auditor@acme.example' });
      expect((await mails())[0]?.envelope).toEqual({
        from: 'keys@acme.example',
        to: ['ada@acme.example', 'auditor@acme.example'],
      });
    });

    test('keeps every delivery of one Message-ID', async () => {
      await send({ messageId: '<same@acme.example>' });
      await send({ messageId: '<same@acme.example>' });
      expect((await mails()).map(({ messageId }) => messageId)).toEqual(['<same@acme.example>', '<same@acme.example>']);
    });

    test('returns one mail by its id, and 404 for an unknown id', async () => {
      await send({ subject: 'this one' });
      const id = (await mails())[0]?.id;
      expect(await (await fetch(`${inbox.url}/email/${id}`)).json()).toMatchObject({ id, subject: 'this one' });
      expect((await fetch(`${inbox.url}/email/..%2F..%2Fetc`)).status).toBe(404);
    });

    test('is empty after DELETE /email/all, and so is the folder', async () => {
      await send({});
      await fetch(`${inbox.url}/email/all`, { method: 'DELETE' });
      expect(await mails()).toEqual([]);
      expect(await readdir(join(dataDir, 'inbox'))).toEqual([]);
    });
  });

  test('has the same mails in the same order after a restart, and appends new ones', async () => {
    for (const subject of ['one', 'two', 'three']) await send({ subject, bcc: 'auditor@acme.example' });
    const before = await mails();
    await inbox.close();
    inbox = await start();
    expect(await mails()).toEqual(before);
    await send({ subject: 'four' });
    expect((await mails()).map(({ subject }) => subject)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('stores mails readable only by their owner', async () => {
    await send({});
    const folder = join(dataDir, 'inbox');
    const [file] = await readdir(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, file ?? ''))).mode & 0o777).toBe(0o600);
  });

  test('logs neither addresses nor the content of a mail', async () => {
    await send({ subject: 'Your PIN', text: 'PIN: 482913' });
    expect(logged.join('')).toContain('mail received');
    expect(logged.join('')).not.toMatch(/482913|ada@|Your PIN/);
  });

  test('refuses to listen on other addresses than loopback', async () => {
    const log = createLogger({ name: 'inbox', level: 'silent' });
    await expect(startInbox({ host: '0.0.0.0', smtpPort: 0, httpPort: 0, log })).rejects.toMatchObject({
      code: 'simulator_refused',
    });
  });

  test('fails with the port number if the mail port is in use', async () => {
    const log = createLogger({ name: 'inbox', level: 'silent' });
    const smtpPort = Number(new URL(inbox.smtpUrl).port);
    await expect(startInbox({ host: '127.0.0.1', smtpPort, httpPort: 0, log })).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining(String(smtpPort)),
    });
  });

  describe('PUT /sim/smtp', () => {
    test.each([
      ['reject-temporarily', 451],
      ['reject', 550],
    ])('%s answers %i and stores nothing, as many times as requested', async (mode, responseCode) => {
      await arm({ mode, times: 1 });
      await expect(send({})).rejects.toMatchObject({ responseCode });
      expect(await mails()).toEqual([]);
      await send({});
      expect(await mails()).toHaveLength(1);
    });

    test('lose-answer stores the mail and drops the connection before the answer', async () => {
      await arm({ mode: 'lose-answer', times: 1 });
      await expect(send({ subject: 'kept' })).rejects.toMatchObject({
        code: expect.stringMatching(/ECONNECTION|ESOCKET|ECONNRESET/),
      });
      expect((await mails()).map(({ subject }) => subject)).toEqual(['kept']);
    });

    test('hang does not answer the sender', async () => {
      await arm({ mode: 'hang' });
      const transport = createTransport({ url: `${inbox.smtpUrl}?socketTimeout=300` }, { from: 'keys@acme.example' });
      await expect(transport.sendMail({ to: 'ada@acme.example', text: 'hello' })).rejects.toMatchObject({
        code: 'ETIMEDOUT',
      });
      expect(await mails()).toEqual([]);
    });

    test('hang does not prevent the inbox from closing', async () => {
      await arm({ mode: 'hang', times: 1 });
      const waiting = send({}).catch((error: unknown) => error);
      const fault = async (): Promise<string> => (await fetch(`${inbox.url}/sim/smtp`)).text();
      await until(fault, (text) => !text.includes('hang'));
      await inbox.close();
      expect(await waiting).toMatchObject({ code: expect.stringMatching(/ECONNECTION|ESOCKET|ECONNRESET/) });
      inbox = await start();
    });

    test('refuses an unknown mode', async () => {
      expect(await arm({ mode: 'unknown' })).toBe(400);
      expect(await arm({ mode: 'reject', times: 0 })).toBe(400);
    });
  });

  describe('the page', () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

    test('escapes all parts of a mail', async () => {
      await send({
        subject: hostile,
        text: hostile,
        html: `<p>${hostile}</p>`,
        from: { name: hostile, address: 'x@acme.example' },
      });
      for (const path of ['/', '/?part=text', '/?part=headers', `/?q=${encodeURIComponent(hostile)}`]) {
        const html = await page(path);
        expect(html).toContain('&lt;script&gt;alert(1)');
        expect(html).not.toContain('<script>alert(1)');
        expect(html).not.toContain('<img src=x');
      }
    });

    test("shows a mail's HTML in a sandboxed frame", async () => {
      await send({ html: '<p>Hello</p>' });
      expect(await page('/')).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
      const [mail] = await mails();
      const alone = await fetch(`${inbox.url}/email/${mail?.id}/html`);
      expect(alone.headers.get('content-security-policy')).toBe(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'",
      );
      expect(await alone.text()).toContain('<p>Hello</p>');
    });

    test('finds mails by recipient, and answers 404 for an unknown mail', async () => {
      await send({ to: 'ada@acme.example', subject: 'for Ada' });
      await send({ to: 'bob@acme.example', subject: 'for Bob' });
      const found = await page('/?q=ADA@');
      expect(found).toContain('for Ada');
      expect(found).not.toContain('for Bob');
      expect((await fetch(`${inbox.url}/mail/0000000009-1`)).status).toBe(404);
    });

    test('runs only its own script and loads nothing from other hosts', async () => {
      const policy = (await fetch(inbox.url)).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
      expect(await page('/')).not.toMatch(/(src|href)="(https?:)?\/\//);
    });
  });
});
