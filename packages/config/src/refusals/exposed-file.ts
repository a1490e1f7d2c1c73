import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { refusals } from '../refusals.ts';

/** Who this process runs as. Root may use what belongs to the user of a service. */
export interface Reader {
  uid: number;
  gid: number;
}

const ownReader = (): Reader | null => {
  const { getuid, getgid } = process;
  return getuid === undefined || getgid === undefined ? null : { uid: getuid.call(process), gid: getgid.call(process) };
};

/**
 * How other users could read a secret, or change a file or exchange it: by its mode and owner, and by those of the folders
 * above it, along symbolic links too. A group may read a file of root's, as Kubernetes' `fsGroup` needs; a folder that all
 * may write needs the sticky bit. Empty where the file is safe or missing, and on Windows.
 */
export async function checkExposure(
  path: string,
  { secret, reader = ownReader() }: { secret: boolean; reader?: Reader | null },
): Promise<string[]> {
  if (reader === null || process.platform === 'win32') return [];
  const real = await realpath(path).catch(() => null);
  if (real === null) return [];
  const file = await stat(real);
  const folders = [...new Set([...above(resolve(path)), ...above(real)])];
  const found = await Promise.all(folders.map(async (folder) => folderProblem(folder, await stat(folder), reader)));
  return [...fileProblem(path, file, { secret, reader }), ...found.flat()];
}

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...above(parent)];
}

const octal = ({ mode }: Stats): string => (mode & 0o7777).toString(8).padStart(4, '0');

function fileProblem(path: string, file: Stats, { secret, reader }: { secret: boolean; reader: Reader }): string[] {
  if (isForeign(file, reader)) return [refusals.ownedByOther(path, file.uid)];
  if (isWritable(file, reader)) return [refusals.writableByOthers(path, octal(file))];
  const isGroupsToo = (file.mode & 0o040) !== 0 && file.uid !== 0;
  const isReadable = (file.mode & 0o004) !== 0 || isGroupsToo;
  return secret && isReadable ? [refusals.readableByOthers(path, octal(file))] : [];
}

function folderProblem(path: string, folder: Stats, reader: Reader): string[] {
  if (isForeign(folder, reader)) return [refusals.ownedByOther(path, folder.uid)];
  const isSticky = (folder.mode & 0o1000) !== 0;
  return !isSticky && isWritable(folder, reader) ? [refusals.writableByOthers(path, octal(folder))] : [];
}

const isForeign = ({ uid }: Stats, reader: Reader): boolean => reader.uid !== 0 && uid !== 0 && uid !== reader.uid;

/** The user's own group, and root's, are no others: many systems create files writable by the user's private group. */
const isWritable = ({ mode, gid }: Stats, reader: Reader): boolean =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== reader.gid && gid !== 0);
