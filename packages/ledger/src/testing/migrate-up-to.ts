import { Kysely, Migrator, PostgresDialect } from 'kysely';
import { Pool } from 'pg';

import { readMigrations } from '../migrate.ts';

/** Creates the schema of an earlier version in an empty database, which `migrate` can then upgrade. */
export async function migrateUpTo(databaseUrl: string, migrationName: string): Promise<void> {
  const dialect = new PostgresDialect({ pool: new Pool({ connectionString: databaseUrl, max: 1 }) });
  const db = new Kysely<unknown>({ dialect });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: readMigrations } });
    const { error } = await migrator.migrateTo(migrationName);
    if (error !== undefined) throw error;
  } finally {
    await db.destroy();
  }
}
