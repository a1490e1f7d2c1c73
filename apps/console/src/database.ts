import type { Tables } from '@keycourier/ledger/tables';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient } from 'pg';

/** The console's connection: the ledger to read, and a schema of its own for sessions and the throttle. */
export interface ConsoleDatabase {
  pool: Pool;
  ledger: Kysely<Tables>;
  /** Makes the console's own tables where they are missing; fails while the database is away, and is tried again then. */
  prepare: () => Promise<void>;
  close: () => Promise<void>;
}

export const consoleSchema = 'console';

/** The shapes are those of connect-pg-simple and rate-limiter-flexible, which would each make their own without a lock. */
const tables = `
  create schema if not exists ${consoleSchema};
  create table if not exists ${consoleSchema}.session (
    sid text primary key,
    sess json not null,
    expire timestamp(6) not null
  );
  create index if not exists session_expire on ${consoleSchema}.session (expire);
  create table if not exists ${consoleSchema}.sign_in_attempts (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  );
`;

/** Connects lazily: a database that is away is an error of the query, not of this call. */
export function openDatabase(databaseUrl: string, onError: (error: Error) => void): ConsoleDatabase {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 4,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'keycourier-console',
  });
  // Without a listener, a connection that is lost while it idles or between two queries of its user would end the
  // process. The pool repeats what its idle ones say.
  pool.on('connect', (client) => client.on('error', onError));
  pool.on('error', () => undefined);
  const ledger = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => {
    prepared ??= makeTables(pool).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
  return { pool, ledger, prepare, close: () => ledger.destroy() };
}

async function makeTables(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await inTransaction(client, async () => {
      // `if not exists` is no guard against another process that makes the same at the same moment.
      await client.query(`select pg_advisory_xact_lock(hashtext('keycourier ${consoleSchema}'))`);
      await client.query(tables);
    });
  } finally {
    client.release();
  }
}

async function inTransaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
