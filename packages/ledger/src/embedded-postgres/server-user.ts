import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { EmbeddedPostgresError } from './errors.ts';

const run = promisify(execFile);

/** Whom the server runs as, in the shape that `spawn` takes: empty means ourselves. */
export interface ServerUser {
  uid?: number;
  gid?: number;
}

/**
 * Postgres refuses to run as root. Root therefore runs it as the owner of the existing cluster, else as the system user
 * `postgres`, which is created where it is missing; any other user runs it as themselves.
 * @throws EmbeddedPostgresError `no_server_user`
 */
export async function findServerUser(dataDir: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(join(dataDir, 'cluster', 'data')).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = await lookUp();
  if (known !== undefined) return known;
  let cause: unknown;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  } catch (error) {
    cause = error;
  }
  // Another process may have created the user in the meantime: only its absence counts.
  const created = await lookUp();
  if (created !== undefined) return created;
  throw new EmbeddedPostgresError(
    'no_server_user',
    'Postgres does not run as root, and there is no system user "postgres" to run it as: create that user, or start as an ordinary user',
    { cause },
  );
}

async function lookUp(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Whether that user may reach what lies in `folder`: a parent with mode 0700, such as /root, bars the way. */
export async function canEnter(user: ServerUser, folder: string): Promise<boolean> {
  if (user.uid === undefined) return true;
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...user, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
