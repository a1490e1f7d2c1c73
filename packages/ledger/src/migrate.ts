import { readdir, readFile } from 'node:fs/promises';

import { Migrator, sql, type Kysely, type Migration } from 'kysely';

import type { Tables } from './tables.ts';

const folder = new URL('../migrations/', import.meta.url);

/**
 * Brings the schema up to this version: numbered SQL files, forward only, each in a transaction, under a lock so that
 * any number of processes may start at once. A database that is newer than this code is refused.
 */
export async function migrate(db: Kysely<Tables>): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: readMigrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  const entries = names.map(async (name): Promise<[string, Migration]> => {
    const text = await readFile(new URL(name, folder), 'utf8');
    return [name.replace(/\.sql$/, ''), { up: async (db) => void (await sql.raw(text).execute(db)) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
