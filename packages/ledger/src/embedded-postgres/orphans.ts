import { readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { isServerOf, readPostmaster } from './previous-server.ts';

/** Beside a cluster that is not in its data dir: where that is, and on which file system. */
const recordName = 'data-dir.json';
const record = z.strictObject({ dataDir: z.string().min(1), device: z.number() });

/** Records the data dir of a cluster in the system's place, so that the cluster can go when its data dir has gone. */
export async function recordDataDir(home: string, dataDir: string): Promise<void> {
  const { dev: device } = await stat(dataDir);
  await writeFile(join(home, recordName), JSON.stringify({ dataDir, device }), { mode: 0o644 });
}

/**
 * Deletes the clusters in the system's place whose data dir was deleted, or was made anew with another cluster. One without
 * a record stays, and so does one whose data dir may only be unmounted, or whose server runs.
 */
export async function removeOrphans(systemHome: string): Promise<string[]> {
  const names = await readdir(systemHome).catch(() => []);
  const homes = names.filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(systemHome, name));
  const removed: string[] = [];
  for (const home of homes)
    if (await isOrphan(home)) {
      await rm(home, { recursive: true, force: true }).catch(() => undefined);
      removed.push(home);
    }
  return removed;
}

async function isOrphan(home: string): Promise<boolean> {
  const text = await readFile(join(home, recordName), 'utf8').catch(() => '');
  const read = record.safeParse(parsed(text));
  if (!read.success) return false;
  const { dataDir, device } = read.data;
  if ((await realpath(join(dataDir, 'cluster')).catch(() => null)) === (await realpath(home))) return false;
  // On another device, what is missing may only be unmounted.
  if ((await nearestDevice(dataDir)) !== device) return false;
  const data = join(home, 'data');
  const postmaster = await readPostmaster(data);
  return postmaster === undefined || !(await isServerOf(postmaster.pid, data));
}

/** Of the folder itself, or of the nearest one above it that exists. */
async function nearestDevice(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  if (found !== null) return found.dev;
  const parent = dirname(path);
  return parent === path ? null : nearestDevice(parent);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
