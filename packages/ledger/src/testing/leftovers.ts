import { randomBytes } from 'node:crypto';
import { readdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import pg from 'pg';

import { isAlive, isServerOf, readPostmaster, waitUntilGone } from '../embedded-postgres/previous-server.ts';

const memory = '/dev/shm';
const roomyBytes = 2 * 1024 ** 3;

/**
 * Where what is thrown away in the end is put: in memory where the system offers enough of it. On ext4 a new file is the
 * slower the more were deleted in the last minute, and a test's database is hundreds of files that come and go.
 */
export async function throwawayHome(): Promise<string> {
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= roomyBytes ? memory : tmpdir();
}

/** The rest of the name is the process number of the run that made the folder. */
export const serverDirPrefix = 'keycourier-test-';

/** Stops and deletes the throwaway servers of our own runs that were killed before they could. */
export async function removeLeftovers(): Promise<void> {
  const names = await Promise.all(
    [memory, tmpdir()].map(async (home) => (await readdir(home).catch(() => [])).map((name) => join(home, name))),
  );
  for (const dataDir of names.flat()) {
    const pid = new RegExp(`^${serverDirPrefix}(\\d+)-`).exec(basename(dataDir))?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const { uid } = await stat(dataDir).catch(() => ({ uid: undefined }));
    if (uid === undefined || uid !== (process.getuid?.() ?? uid)) continue;
    await removeServerDir(dataDir);
  }
}

/** Deletes a throwaway server's folder and its cluster, wherever that is; a server that still runs there is ended first. */
export async function removeServerDir(dataDir: string): Promise<void> {
  const cluster = await realpath(join(dataDir, 'cluster')).catch(() => undefined);
  if (cluster !== undefined) {
    const data = join(cluster, 'data');
    const postmaster = await readPostmaster(data);
    if (postmaster !== undefined && (await isServerOf(postmaster.pid, data))) {
      process.kill(postmaster.pid, 'SIGQUIT');
      await waitUntilGone(postmaster.pid, data);
    }
    await rm(cluster, { recursive: true, force: true });
  }
  await rm(dataDir, { recursive: true, force: true });
}

const databasePrefix = 'keycourier_test_';
const abandonedAfterMs = 60 * 60 * 1_000;

/** On a server that outlives the run, the name of a test's database tells when it was made: `keycourier_test_<ms>_<random>`. */
export const temporaryDatabaseName = (): string => `${databasePrefix}${Date.now()}_${randomBytes(6).toString('hex')}`;

/** Drops the databases on a server of the user's that killed runs left there over an hour ago. */
export async function dropAbandonedDatabases(server: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [databasePrefix],
    );
    for (const { datname } of found.rows) {
      const madeAt = Number(datname.slice(databasePrefix.length).split('_')[0]);
      if (madeAt < Date.now() - abandonedAfterMs)
        await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
    }
  } finally {
    await client.end();
  }
}
