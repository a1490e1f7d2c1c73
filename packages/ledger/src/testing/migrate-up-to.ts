import { Kysely, Migrator, PostgresDialect } from 'kysely';
import { Pool } from 'pg';

import { readMigrations } from '../migrate.ts';

/** Creates the schema of an earlier version in an empty database, which `migrate` can then upgrade. */
export async function migrateUpTo(databaseUrl: string, migrationName: string): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  // A server that is stopped afterwards may end the connection before it has read that it is closed.
  pool.on('error', () => undefined);
  const dialect = new PostgresDialect({ pool });
  const db = new Kysely<unknown>({ dialect });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: readMigrations } });
    const { error } = await migrator.migrateTo(migrationName);
    if (error !== undefined) throw error;
  } finally {
    await db.destroy();
  }
}
