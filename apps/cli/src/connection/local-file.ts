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

/** What the CLI takes from the local.json that `npm start` writes while it runs. */
export type LocalFile = Pick<z.infer<typeof localFileSchema>, 'tenant' | 'receiver' | 'api' | 'apiKey'>;

/**
 * The services of an `npm start` that runs on this data dir; null where none does.
 * @throws CliError `file_unreadable` for a file that is there and says something else
 */
export async function readLocalFile(dataDir: string): Promise<LocalFile | null> {
  const path = join(dataDir, 'local.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const { tenant, receiver, api, apiKey } = localFileSchema.parse(JSON.parse(text));
    return { tenant, receiver, api, apiKey };
  } catch (cause) {
    throw new CliError('file_unreadable', `${path} is not what npm start writes; stop and start it again`, { cause });
  }
}
