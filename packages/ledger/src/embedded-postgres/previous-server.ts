import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { EmbeddedPostgresError } from './errors.ts';
import { connect, ownerName, type Login } from './owner.ts';

const run = promisify(execFile);

/** Two that start at once see each other's server a moment before its owner has connected. */
const ownerAppearsWithinMs = 1_500;
const lookEveryMs = 100;
const answersWithinMs = 60_000;

export interface Postmaster {
  pid: number;
  port: number;
  /** `starting`, `stopping`, `ready` or `standby`. */
  status: string;
}

/** What a running server, or one that was killed, has written to `postmaster.pid`; its lines are fixed by Postgres' `pidfile.h`. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), status: lines[7]?.trim() ?? 'starting' };
}

/**
 * Stops the server that a killed parent left running on this cluster, and clears a `postmaster.pid` whose number by now
 * belongs to something else. (A stale file with a dead number is Postgres' own business.)
 * @throws EmbeddedPostgresError `data_dir_in_use` when that server's parent is alive, `stop_failed`
 */
export async function endPreviousServer(
  cluster: { data: string; password: string },
  interrupt: (pid: number) => Promise<void>,
): Promise<void> {
  const postmaster = await readPostmaster(cluster.data);
  if (postmaster === undefined || !isAlive(postmaster.pid)) return;
  if (!(await isServerOf(postmaster.pid, cluster.data))) {
    await rm(join(cluster.data, 'postmaster.pid'), { force: true });
    return;
  }
  if (!(await isAbandoned(postmaster, cluster))) return;
  await interrupt(postmaster.pid);
  await waitUntilGone(postmaster.pid, cluster.data);
}

/** @throws EmbeddedPostgresError `stop_failed` after a minute */
export async function waitUntilGone(pid: number, data: string): Promise<void> {
  const deadline = Date.now() + answersWithinMs;
  while (await isServerOf(pid, data)) {
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError('stop_failed', `A Postgres left behind (pid ${pid}) does not stop: end it`);
    await sleep(50);
  }
}

/** False when the server went away while we looked. Looks are counted, since by the clock a process that stood still had one. */
async function isAbandoned(postmaster: Postmaster, cluster: { data: string; password: string }): Promise<boolean> {
  const started = Date.now();
  let withoutOwner = 0;
  while (withoutOwner * lookEveryMs <= ownerAppearsWithinMs) {
    const owned = await hasOwner({ port: postmaster.port, password: cluster.password });
    if (owned === true)
      throw new EmbeddedPostgresError(
        'data_dir_in_use',
        `Another process is running the database in ${cluster.data} (Postgres pid ${postmaster.pid}): stop it first, or choose another data dir (KEYCOURIER_DATA_DIR)`,
      );
    if (owned === false) withoutOwner += 1;
    if (!(await isServerOf(postmaster.pid, cluster.data))) return false;
    if (withoutOwner === 0 && Date.now() - started > answersWithinMs) return true;
    await sleep(lookEveryMs);
  }
  return true;
}

/** Undefined when the server does not answer: it is starting, recovering or stopping. */
async function hasOwner(login: Login): Promise<boolean | undefined> {
  try {
    const client = await connect({ ...login, database: 'postgres' });
    try {
      const found = await client.query('select from pg_stat_activity where application_name = $1', [ownerName]);
      return (found.rowCount ?? 0) > 0;
    } finally {
      await client.end();
    }
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether `pid` is the server of that cluster and not some later process with the same number, nor a zombie. */
export async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  try {
    const command =
      process.platform === 'linux'
        ? await readFile(`/proc/${pid}/cmdline`, 'utf8')
        : (await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;
    return command.includes('postgres') && command.includes(data);
  } catch (error) {
    // It ended as we looked. A process that we may not look at is taken for the server: the safe mistake.
    return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
  }
}
