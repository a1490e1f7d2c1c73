import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { type Binaries, serverEnvironment } from './binaries.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { recordDataDir } from './orphans.ts';
import { superuser } from './owner.ts';
import { isAlive } from './previous-server.ts';
import { canEnter, type ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Root's place for a cluster whose data dir the server's user cannot enter. */
export const systemHome = '/var/lib/keycourier';

export interface Cluster {
  /** What Postgres calls its data directory. */
  data: string;
  password: string;
}

/**
 * The folder that holds, or will hold, the cluster of `dataDir`: `dataDir` itself, or the system's place when the server's
 * user cannot enter it. In that case `dataDir/cluster` is a link to it; the next start after the data dir was deleted
 * deletes the cluster too (`removeOrphans`).
 */
export async function findHome(dataDir: string, user: ServerUser): Promise<string> {
  const existing = await realpath(join(dataDir, 'cluster')).catch(() => undefined);
  if (existing !== undefined) return dirname(existing);
  if (await canEnter(user, dataDir)) return dataDir;
  try {
    await mkdir(systemHome, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new EmbeddedPostgresError('data_dir_unusable', unreachable(dataDir), { cause });
  }
  if (await canEnter(user, systemHome)) return systemHome;
  throw new EmbeddedPostgresError('data_dir_unusable', unreachable(dataDir));
}

const unreachable = (dataDir: string): string =>
  `The user that Postgres runs as cannot enter ${dataDir}, nor ${systemHome}: choose a data dir that others may enter, or start as an ordinary user`;

/**
 * Opens the cluster of `dataDir`, making it the first time. It is made under another name and takes its place in one step,
 * so an interrupted initdb leaves nothing that could be taken for a cluster.
 * @throws EmbeddedPostgresError `initdb_failed`, `data_dir_unusable`
 */
export async function openCluster(options: {
  dataDir: string;
  home: string;
  binaries: Binaries;
  user: ServerUser;
  throwaway: boolean;
}): Promise<Cluster> {
  const { dataDir, home, user } = options;
  const place = join(dataDir, 'cluster');
  await removeInterrupted(home);
  if (!(await exists(place))) {
    const staging = join(home, `cluster.${process.pid}.${randomBytes(6).toString('hex')}.new`);
    try {
      await initdb(staging, options);
      await takeSlot(staging, place);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  const cluster = await realpath(place);
  if (dirname(cluster) !== dataDir) await recordDataDir(cluster, dataDir);
  if (!(await canEnter(user, cluster))) throw new EmbeddedPostgresError('data_dir_unusable', unreachable(dataDir));
  return { data: join(cluster, 'data'), password: await readPassword(cluster) };
}

async function readPassword(cluster: string): Promise<string> {
  const ownUid = process.getuid?.();
  try {
    const { uid } = await stat(cluster);
    if (ownUid !== undefined && ownUid !== 0 && ownUid !== uid)
      throw new EmbeddedPostgresError(
        'data_dir_unusable',
        `The database in ${cluster} belongs to another user (uid ${uid}): start as that user, or choose another data dir`,
      );
    return (await readFile(join(cluster, 'password'), 'utf8')).trim();
  } catch (cause) {
    if (cause instanceof EmbeddedPostgresError) throw cause;
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The password of the database in ${cluster} cannot be read; restore that folder from a copy, or delete it to start afresh`,
      { cause },
    );
  }
}

async function initdb(
  staging: string,
  options: { binaries: Binaries; user: ServerUser; throwaway: boolean },
): Promise<void> {
  const { uid, gid } = options.user;
  const passwordFile = join(staging, 'password');
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(passwordFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) {
      await chown(passwordFile, uid, gid);
      await chown(staging, uid, gid);
    }
    // The builtin provider sorts and lower-cases alike on every machine, with any locales.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--auth=scram-sha-256', `--username=${superuser}`, `--pwfile=${passwordFile}`];
    await run(
      options.binaries.initdb,
      [
        '-D',
        join(staging, 'data'),
        ...locale,
        ...access,
        '--no-instructions',
        ...(options.throwaway ? ['--no-sync'] : []),
      ],
      { ...options.user, cwd: staging, env: serverEnvironment },
    );
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new EmbeddedPostgresError('initdb_failed', `Postgres could not make a database in ${staging}: ${reason}`, {
      cause,
    });
  }
}

/** Of two that start at once the first wins, and the other takes what it finds. */
async function takeSlot(staging: string, place: string): Promise<void> {
  try {
    if (dirname(staging) === dirname(place)) {
      await rename(staging, place);
      return;
    }
    const home = join(dirname(staging), randomBytes(8).toString('hex'));
    await rename(staging, home);
    await symlink(home, place);
  } catch (error) {
    if (!(await exists(place))) throw error;
  }
}

/** An initdb may outlive its parent for a moment, and win against our deleting: what is left then goes at the next start. */
async function removeInterrupted(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^cluster\.(\d+)\.[0-9a-f]+\.new$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
