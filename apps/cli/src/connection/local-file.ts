import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { CliError } from '../errors.ts';

const localFileSchema = z.looseObject({
  tenant: z.string(),
  receiver: z.url(),
  api: z.url(),
  apiKey: z.string(),
});

/** The part of local.json that the CLI reads; `npm start` writes the file while it runs. */
export type LocalFile = Pick<z.infer<typeof localFileSchema>, 'tenant' | 'receiver' | 'api' | 'apiKey'>;

/**
 * The services of an `npm start` on this data dir; null if none is running.
 * @throws CliError `file_unreadable` for a file of another shape
 */
export async function readLocalFile(dataDir: string): Promise<LocalFile | null> {
  const path = join(dataDir, 'local.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const { tenant, receiver, api, apiKey } = localFileSchema.parse(JSON.parse(text));
    return { tenant, receiver, api, apiKey };
  } catch (cause) {
    throw new CliError('file_unreadable', `${path} was not written by npm start; restart it`, { cause });
  }
}
