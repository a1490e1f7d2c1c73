import { renameSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from '@keycourier/runtime/logger';

import { readMail, addEnvelope, type Envelope, type Mail } from './mail.ts';

export interface Mailbox {
  /** Oldest first. */
  list: () => Mail[];
  get: (id: string) => Mail | undefined;
  /** Resolves when the mail is stored; rejects a message that cannot be parsed. */
  add: (message: Buffer, envelope: Envelope) => Promise<Mail>;
  empty: () => Promise<void>;
}

/**
 * Keeps the newest `limit` mails in memory and, as `.eml` files for any mail program, in `folder`; without a folder, mails
 * are lost at a restart. Mails contain PINs, so only the owner can read the files.
 */
export async function loadMailbox(options: {
  folder: string | undefined;
  limit: number;
  log: Logger;
}): Promise<Mailbox> {
  const { folder, limit } = options;
  const mails = folder === undefined ? new Map<string, Mail>() : await load(folder, options.log);
  let lastNumber = Number([...mails.keys()].at(-1)?.split('-')[0] ?? 0);
  let writes = 0;

  const add = async (message: Buffer, envelope: Envelope): Promise<Mail> => {
    const stamped = addEnvelope(message, envelope);
    const at = new Date();
    const { id: _, ...read } = await readMail(stamped, { id: '', at });
    const draft = folder === undefined ? undefined : join(folder, `${(writes += 1)}.part`);
    if (draft !== undefined) await writeFile(draft, stamped, { mode: 0o600 });
    // The rest is synchronous, so that mails have the same order in memory, on disk and after a restart.
    lastNumber += 1;
    const mail: Mail = { id: makeId(lastNumber, at), ...read };
    if (folder !== undefined && draft !== undefined) renameSync(draft, fileOf(folder, mail.id));
    mails.set(mail.id, mail);
    return mail;
  };
  const remove = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) mails.delete(id);
    if (folder !== undefined) await Promise.all(ids.map((id) => rm(fileOf(folder, id), { force: true })));
  };
  const trim = (): Promise<void> => remove([...mails.keys()].slice(0, Math.max(0, mails.size - limit)));
  await trim();
  return {
    list: () => [...mails.values()],
    get: (id) => mails.get(id),
    add: async (message, envelope) => {
      const mail = await add(message, envelope);
      await trim();
      return mail;
    },
    empty: () => remove([...mails.keys()]),
  };
}

const idPattern = /^(\d{10})-(\d+)$/;

const makeId = (number: number, at: Date): string => `${String(number).padStart(10, '0')}-${at.getTime()}`;

const fileOf = (folder: string, id: string): string => join(folder, `${id}.eml`);

async function load(folder: string, log: Logger): Promise<Map<string, Mail>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mails = new Map<string, Mail>();
  for (const name of (await readdir(folder)).toSorted()) {
    if (name.endsWith('.part')) await rm(join(folder, name), { force: true });
    const id = name.replace(/\.eml$/, '');
    const receivedAt = idPattern.exec(id)?.[2];
    if (receivedAt === undefined) continue;
    try {
      mails.set(id, await readMail(await readFile(join(folder, name)), { id, at: new Date(Number(receivedAt)) }));
    } catch (error) {
      log.warn({ err: error, mail: id }, 'a stored mail cannot be parsed and is skipped');
    }
  }
  return mails;
}
