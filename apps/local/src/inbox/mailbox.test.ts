import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@keycourier/runtime/logger';

import { loadMailbox } from './mailbox.ts';

const log = createLogger({ name: 'inbox', level: 'silent' });
const envelope = { from: 'keys@acme.example', to: ['ada@acme.example'] };
const message = (subject: string): Buffer => Buffer.from(`Subject: ${subject}\r\n\r\nHello\r\n`);

describe('a mailbox', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keycourier-mailbox-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('keeps only the newest mails, in memory and on disk', async () => {
    const mailbox = await loadMailbox({ folder, limit: 2, log });
    for (const subject of ['one', 'two', 'three']) await mailbox.add(message(subject), envelope);
    expect(mailbox.list().map(({ subject }) => subject)).toEqual(['two', 'three']);
    expect((await readdir(folder)).toSorted()).toEqual(mailbox.list().map(({ id }) => `${id}.eml`));
  });

  test('keeps concurrent mails in the same order after a restart', async () => {
    const mailbox = await loadMailbox({ folder, limit: 100, log });
    await Promise.all(Array.from({ length: 30 }, (_, index) => mailbox.add(message(`number ${index}`), envelope)));
    const again = await loadMailbox({ folder, limit: 100, log });
    expect(again.list()).toEqual(mailbox.list());
  });

  test('ignores a file that is half written or not its own', async () => {
    const before = await loadMailbox({ folder, limit: 100, log });
    await before.add(message('whole'), envelope);
    await writeFile(join(folder, '7.part'), 'Subject: ha');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const mailbox = await loadMailbox({ folder, limit: 100, log });
    expect(mailbox.list().map(({ subject }) => subject)).toEqual(['whole']);
    expect(await readdir(folder)).not.toContain('7.part');
    expect(await readdir(folder)).toContain('notes.txt');
  });

  test('works without a folder', async () => {
    const mailbox = await loadMailbox({ folder: undefined, limit: 100, log });
    const mail = await mailbox.add(message('fleeting'), envelope);
    expect(mailbox.get(mail.id)).toBe(mail);
  });
});
