import type { PostgresLimits } from '@keycourier/runtime/postgres-limits';
import { createPool } from '@keycourier/runtime/postgres-pool';
import type { Pool, PoolClient } from 'pg';

/** Sessions and sign-in attempts, in a schema of the console's own. */
export interface ConsoleDatabase {
  pool: Pool;
  /** Creates the console's own tables if missing. Fails while the database is unreachable; the next call retries. */
  prepare: () => Promise<void>;
  close: () => Promise<void>;
}

export const consoleSchema = 'console';

/** The tables that connect-pg-simple and rate-limiter-flexible expect; they would create them without a lock. */
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

/** Connects lazily: with an unreachable database, queries fail, not this call. */
export function connectDatabase(
  databaseUrl: string,
  onError: (error: Error) => void,
  limits?: Partial<PostgresLimits>,
): ConsoleDatabase {
  const applicationName = 'keycourier-console';
  const pool = createPool({ databaseUrl, use: 'request', limits, maxConnections: 4, applicationName, onError });
  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => {
    prepared ??= createTables(pool).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
  return { pool, prepare, close: () => pool.end() };
}

async function createTables(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await inTransaction(client, async () => {
      // `if not exists` alone fails if two processes create the tables at the same time.
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
