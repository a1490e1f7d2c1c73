import { mkdir, realpath } from 'node:fs/promises';

import pg from 'pg';

import { findBinaries } from './embedded-postgres/binaries.ts';
import { findHome, openCluster, systemHome } from './embedded-postgres/cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres/errors.ts';
import { removeOrphans } from './embedded-postgres/orphans.ts';
import { connect, holdOwnership, superuser, type Login } from './embedded-postgres/owner.ts';
import { endPreviousServer } from './embedded-postgres/previous-server.ts';
import { interruptServer, launchServer, stopServer } from './embedded-postgres/server-process.ts';
import { findServerUser } from './embedded-postgres/server-user.ts';

export interface EmbeddedPostgresOptions {
  /** Made if it is missing. The database, its password and, where needed, a copy of the programs live below it. */
  dataDir: string;
  /** Port on 127.0.0.1; 0, the default, means any free one. */
  port?: number;
  /** For tests: no write waits for the disk, and a crash of the machine may lose everything. */
  throwaway?: boolean;
  /** Takes each line that Postgres logs; values of rows are kept out of them. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection URL, with the password, of a database of this server (`postgres` always exists). */
  url: (database: string) => string;
  /** No error if it exists. */
  createDatabase: (name: string) => Promise<void>;
  pid: number;
  port: number;
  /** Resolves when the server is gone, whether through `stop` or not. */
  ended: Promise<void>;
  /** Postgres' fast shutdown; transactions under way are rolled back. Stopping twice is the same as once. */
  stop: () => Promise<void>;
}

/**
 * Runs the Postgres 18 that npm installed as a server of ours on loopback. A second start on the same data dir finds the same data,
 * and first ends the server that a killed process may have left behind; it is refused while that process lives.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { port = 0, throwaway = false, log = () => undefined } = options;
  const dataDir = await makeDataDir(options.dataDir);
  await removeOrphans(systemHome);
  const user = await findServerUser(dataDir);
  const home = await findHome(dataDir, user);
  const binaries = await findBinaries(home, user);
  const cluster = await openCluster({ dataDir, home, binaries, user, throwaway });
  await endPreviousServer(cluster, (pid) => interruptServer(pid, binaries));
  const server = await launchServer({ binaries, user, cluster, throwaway, log, port });

  // Without this, a parent that calls process.exit() would leave the server behind.
  const endWithParent = (): boolean => server.child.kill('SIGINT');
  process.once('exit', endWithParent);
  const login: Login = { port: server.port, password: cluster.password };
  const owner = await holdOwnership(login).catch(async (cause: unknown) => {
    await stopServer(server, binaries);
    throw new EmbeddedPostgresError('start_failed', 'Postgres started but does not let us in', { cause });
  });
  const ended = server.ended.then(async () => {
    process.off('exit', endWithParent);
    await owner.release();
  });
  return {
    url: (database) =>
      `postgres://${superuser}:${encodeURIComponent(cluster.password)}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`,
    createDatabase: (name) => createDatabase(login, name),
    pid: server.pid,
    port: server.port,
    ended,
    stop: async () => {
      await owner.release();
      await stopServer(server, binaries);
      await ended;
    },
  };
}

async function makeDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (cause) {
    throw new EmbeddedPostgresError('data_dir_unusable', `The data dir ${path} cannot be made or entered`, { cause });
  }
}

/** `duplicate_database`; two that make it at once may meet as `unique_violation` instead. */
const existsAlready = new Set(['42P04', '23505']);

async function createDatabase(login: Login, name: string): Promise<void> {
  try {
    const client = await connect({ ...login, database: 'postgres' });
    try {
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && cause.code !== undefined && existsAlready.has(cause.code)) return;
    throw new EmbeddedPostgresError('query_failed', `The database ${name} could not be made`, { cause });
  }
}
