import { chmod, mkdtemp, readdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { isAlive, isServerOf, readPostmaster, waitUntilGone } from '../embedded-postgres/previous-server.ts';

const memory = '/dev/shm';
const roomyBytes = 2 * 1024 ** 3;

/** The rest of the name is the number of the process that made it. */
const prefix = 'keycourier-test-';

/**
 * A folder for a Postgres server, or a whole stack, that is thrown away in the end: in memory where the system offers
 * enough of it. On ext4 a new file is the slower the more were deleted in the last minute, and a test's database is
 * hundreds of files that come and go.
 */
export async function makeThrowawayDir(): Promise<string> {
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  const home = bavail * bsize >= roomyBytes ? memory : tmpdir();
  const dataDir = await mkdtemp(join(home, `${prefix}${process.pid}-`));
  // Root's server runs as another user, who must be able to enter; the cluster inside is that user's alone.
  await chmod(dataDir, 0o755);
  return dataDir;
}

/**
 * Deletes a server's or a stack's folder and its cluster, wherever that is (root's may not be below it); a server that
 * still runs there is ended first.
 */
export async function removeThrowawayDir(dataDir: string): Promise<void> {
  for (const place of [join(dataDir, 'cluster'), join(dataDir, 'postgres', 'cluster')]) {
    const cluster = await realpath(place).catch(() => undefined);
    if (cluster !== undefined) await removeCluster(cluster);
  }
  await rm(dataDir, { recursive: true, force: true });
}

async function removeCluster(cluster: string): Promise<void> {
  const data = join(cluster, 'data');
  const postmaster = await readPostmaster(data);
  if (postmaster !== undefined && (await isServerOf(postmaster.pid, data))) {
    process.kill(postmaster.pid, 'SIGQUIT');
    await waitUntilGone(postmaster.pid, data);
  }
  await rm(cluster, { recursive: true, force: true });
}

/** Deletes the throwaway folders of our own processes that were killed before they could. */
export async function removeLeftovers(): Promise<void> {
  const found = await Promise.all(
    [memory, tmpdir()].map(async (home) => (await readdir(home).catch(() => [])).map((name) => join(home, name))),
  );
  for (const dataDir of found.flat()) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(basename(dataDir))?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const { uid } = await stat(dataDir).catch(() => ({ uid: undefined }));
    if (uid === undefined || uid !== (process.getuid?.() ?? uid)) continue;
    await removeThrowawayDir(dataDir);
  }
}
