import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createTables as createProviderTables } from '@keycourier/fulfillment-simulator/database/create-tables';
import { inTransaction } from '@keycourier/fulfillment-simulator/database/transaction';
import { migrateUpTo } from '@keycourier/ledger/testing/migrate-up-to';
import { connectDatabases, type Databases } from '@keycourier/local/stack/databases';
import { createTables as createOrgTables } from '@keycourier/okta-simulator/store/tables';
import pg from 'pg';

import type { CapturedData, CapturedDatabase } from './captured-data.ts';

/** Creates a data directory with the captured data, on which a stack can start. */
export async function restoreCapturedData(dataDir: string, data: CapturedData): Promise<void> {
  await writeFiles(dataDir, data.files);
  const databases = await connectDatabases(dataDir, undefined);
  try {
    await restoreDatabases(databases, data);
  } finally {
    await databases.stop();
  }
}

async function writeFiles(dataDir: string, files: CapturedData['files']): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dataDir, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(dataDir, path), text, { mode: 0o600 });
  }
}

async function restoreDatabases(
  databases: Databases,
  { migrations, databases: captured }: CapturedData,
): Promise<void> {
  const ledgerUrl = await databases.url('keycourier');
  await migrateUpTo(ledgerUrl, migrations.at(-1) ?? '');
  await restoreRows(ledgerUrl, captured.keycourier, async () => undefined);
  await restoreRows(await databases.url('okta_simulator'), captured.okta_simulator, createOrgTables);
  await restoreRows(await databases.url('fulfillment_simulator'), captured.fulfillment_simulator, (pool) =>
    inTransaction(pool, createProviderTables),
  );
}

async function restoreRows(
  databaseUrl: string,
  { tables, sequences }: CapturedDatabase,
  createTables: (pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  // The server is stopped right after the last restore, and may end the connection before it has read that it is closed.
  pool.on('error', () => undefined);
  try {
    await createTables(pool);
    for (const [name, rows] of Object.entries(tables)) {
      const table = `public.${pg.escapeIdentifier(name)}`;
      // What the table did not have then gets its default.
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((column) =>
        pg.escapeIdentifier(column),
      );
      if (columns.length === 0) continue;
      await pool.query(
        `insert into ${table} (${columns.join()}) overriding system value
         select ${columns.join()} from json_populate_recordset(null::${table}, $1)`,
        [JSON.stringify(rows)],
      );
    }
    for (const [name, { value, called }] of Object.entries(sequences))
      await pool.query('select setval($1, $2, $3)', [`public.${pg.escapeIdentifier(name)}`, value, called]);
  } finally {
    await pool.end();
  }
}
