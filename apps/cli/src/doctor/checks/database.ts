import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import pg from 'pg';
import { z } from 'zod';

import type { Check, SetUpUnderCheck } from '../check.ts';
import { green, red, skipped, type Finding } from '../finding.ts';
import { firstLine } from '../unless-green.ts';

const rows = z.array(z.object({ name: z.string() }));

/** The record of truth can be reached, and has this version's tables. */
export const database: Check<SetUpUnderCheck> = {
  name: 'database',
  run: async ({ environment, setUp, timeoutMs }) => {
    const connectionString = environment['DATABASE_URL'];
    if (connectionString === undefined || connectionString === '')
      return skipped(setUp.local === null ? 'DATABASE_URL is not set here' : 'it is embedded in npm start: see api');
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await checkMigrations(client);
    } catch (error) {
      const message =
        error instanceof Error && error.message !== '' ? firstLine(error.message) : 'the connection failed';
      return red(`it cannot be reached: ${message}`, 'start Postgres, or correct DATABASE_URL');
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

async function checkMigrations(client: pg.Client): Promise<Finding> {
  const wanted = await migrationNames();
  const table = await client.query(`select to_regclass('kysely_migration') is not null as there`);
  const isThere = z.array(z.object({ there: z.boolean() })).parse(table.rows)[0]?.there === true;
  const done = isThere
    ? rows.parse((await client.query('select name from kysely_migration')).rows).map(({ name }) => name)
    : [];
  const missing = wanted.filter((name) => !done.includes(name));
  const foreign = done.filter((name) => !wanted.includes(name));
  if (foreign.length > 0)
    return red(`a later version has migrated it (${foreign.join(', ')})`, 'run that version, or a later one');
  if (missing.length > 0) return red(`it lacks ${missing.join(', ')}`, 'start the worker: it migrates the database');
  return green(`reached, and migrated to ${wanted.at(-1) ?? 'nothing'}`);
}

/** The migrations lie beside the ledger's code, wherever that is installed. */
async function migrationNames(): Promise<string[]> {
  const ledger = createRequire(import.meta.url).resolve('@keycourier/ledger/migrate');
  const files = await readdir(join(dirname(ledger), '..', 'migrations'));
  return files
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -'.sql'.length))
    .toSorted();
}
