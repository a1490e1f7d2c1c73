import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { postgresUrl } from '@keycourier/runtime/service-url';
import pg from 'pg';
import { z } from 'zod';

import type { Check, SetupUnderCheck } from '../check.ts';
import { type Finding, firstLine, green, red, skipped } from '../finding.ts';

const rows = z.array(z.object({ name: z.string() }));

/** The database can be reached and has this version's tables. */
export const database: Check<SetupUnderCheck> = {
  name: 'database',
  run: async ({ environment, setup, timeoutMs }) => {
    const text = environment['DATABASE_URL'];
    if (text === undefined || text === '')
      return skipped(setup.local === null ? 'DATABASE_URL is not set here' : 'embedded in npm start: see api');
    const url = postgresUrl.safeParse(text);
    if (!url.success) return red(`DATABASE_URL ${url.error.issues[0]?.message ?? ''}`, 'fix DATABASE_URL');
    const connectionString = url.data;
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await checkMigrations(client);
    } catch (error) {
      const message =
        error instanceof Error && error.message !== '' ? firstLine(error.message) : 'the connection failed';
      return red(`cannot be reached: ${message}`, 'start Postgres, or fix DATABASE_URL');
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

async function checkMigrations(client: pg.Client): Promise<Finding> {
  const expected = await migrationNames();
  const table = await client.query(`select to_regclass('kysely_migration') is not null as exists`);
  const hasMigrations = z.array(z.object({ exists: z.boolean() })).parse(table.rows)[0]?.exists === true;
  const applied = hasMigrations
    ? rows.parse((await client.query('select name from kysely_migration')).rows).map(({ name }) => name)
    : [];
  const missing = expected.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !expected.includes(name));
  if (unknown.length > 0)
    return red(`migrated by a later version (${unknown.join(', ')})`, 'run that version or a later one');
  if (missing.length > 0)
    return red(`missing migrations: ${missing.join(', ')}`, 'start the worker: it migrates the database');
  return green(`can be reached, migrated to ${expected.at(-1) ?? 'nothing'}`);
}

/** The migrations are next to the ledger's code, in its package. */
async function migrationNames(): Promise<string[]> {
  const ledger = createRequire(import.meta.url).resolve('@keycourier/ledger/migrate');
  const files = await readdir(join(dirname(ledger), '..', 'migrations'));
  return files
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -'.sql'.length))
    .toSorted();
}
