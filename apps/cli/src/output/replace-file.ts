import { chmod, chown, open, rename, rm, stat } from 'node:fs/promises';

import { CliError } from '../errors.ts';

/**
 * Replaces a file with the same mode and owner, or leaves it as it is: a crash in between must not lose keys.
 * @throws CliError `file_unreadable`
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  try {
    const { mode, uid, gid } = await stat(path);
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chown(fresh, uid, gid);
    await chmod(fresh, mode & 0o777);
    await rename(fresh, path);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw new CliError('file_unreadable', `${path} cannot be replaced; it is unchanged`, { cause });
  }
}
