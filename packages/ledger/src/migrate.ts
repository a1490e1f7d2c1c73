import { readdir, readFile } from 'node:fs/promises';

import { createPool } from '@keycourier/runtime/postgres-pool';
import { Kysely, Migrator, PostgresDialect, sql, type Migration, type MigrationResultSet } from 'kysely';

import { hasSchema } from './connect-ledger.ts';
import { LedgerError } from './errors.ts';
import type { Tables } from './tables.ts';

const folder = new URL('../migrations/', import.meta.url);

/**
 * Brings the schema up to this version: numbered SQL files, forward only, under a lock so that any number of processes may
 * start at once. In a database that is in use each has its own transaction, so that none holds its locks for the time of
 * the next; one without tables gets all of them at once, or none.
 * @returns the migrations that this call made
 * @throws LedgerError `schema_newer` for a database that a later version has migrated
 */
export async function migrate(db: Kysely<Tables>, getMigrations = readMigrations): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations } });
  if (!(await hasSchema(db))) return namesOf(await migrator.migrateToLatest());
  const made: string[] = [];
  for (;;) {
    const names = namesOf(await migrator.migrateUp());
    if (names.length === 0) return made;
    made.push(...names);
  }
}

function namesOf({ error, results = [] }: MigrationResultSet): readonly string[] {
  if (error !== undefined) throw isKyselysOwn(error) ? refusal(error) : error;
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

/** Migrates on a connection of its own, whose statements may take long. @throws as {@link migrate} */
export async function migrateDatabase(databaseUrl: string): Promise<readonly string[]> {
  const pool = createPool({
    databaseUrl,
    use: 'migration',
    maxConnections: 1,
    applicationName: 'keycourier-migration',
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await migrate(db);
  } finally {
    await db.destroy();
  }
}

/** Errors of Postgres and of the network have a code; Kysely's error about unknown migrations has none. */
const isKyselysOwn = (error: unknown): error is Error => error instanceof Error && !('code' in error);

const refusal = (cause: Error): LedgerError =>
  new LedgerError('schema_newer', `Another version of keycourier has migrated this database: ${cause.message}`, {
    cause,
  });

export async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  const entries = names.map(async (name): Promise<[string, Migration]> => {
    const text = await readFile(new URL(name, folder), 'utf8');
    return [name.replace(/\.sql$/, ''), { up: async (db) => void (await sql.raw(text).execute(db)) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
