import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { CliError } from '../errors.ts';

/** Fields that the CLI does not read are dropped. */
const localFileSchema = z.object({
  tenant: z.string(),
  receiver: z.url(),
  api: z.url(),
  /** Absent in one that an older version wrote. */
  scim: z.url().optional(),
  console: z.url().optional(),
  apiKey: z.string(),
});

/** The part of local.json that the CLI reads; `npm start` writes the file while it runs. */
export type LocalFile = z.infer<typeof localFileSchema>;

/**
 * The services of an `npm start` on this data dir; null if none is running.
 * @throws CliError `file_unreadable` for a file of another shape
 */
export async function readLocalFile(dataDir: string): Promise<LocalFile | null> {
  const path = join(dataDir, 'local.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : parseLocalFile(path, text);
}

function parseLocalFile(path: string, text: string): LocalFile {
  try {
    return localFileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CliError('file_unreadable', `${path} was not written by npm start; restart it`, { cause });
  }
}
