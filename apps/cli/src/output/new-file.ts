import { open, rm, type FileHandle } from 'node:fs/promises';

import { CliError } from '../errors.ts';

/**
 * Makes a new file that only its owner may read, runs `fill`, and removes the file if that fails. The file is made first,
 * so that nothing is requested whose answer could not be kept.
 * @throws CliError `usage` if the file exists already or cannot be made
 */
export async function withNewFile<Result>(path: string, fill: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new CliError('usage', `${path} exists already or cannot be created`, { cause });
  });
  try {
    return await fill(file);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
