import { randomBytes } from 'node:crypto';

import pg from 'pg';

const databasePrefix = 'keycourier_test_';
const abandonedAfterMs = 60 * 60 * 1_000;

/** On a server that outlives the run, the name of a test's database contains when it was created: `keycourier_test_<ms>_<random>`. */
export const temporaryDatabaseName = (): string => `${databasePrefix}${Date.now()}_${randomBytes(6).toString('hex')}`;

/** Drops the databases on a server of the user's that killed runs left there over an hour ago. */
export async function dropAbandonedDatabases(server: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [databasePrefix],
    );
    for (const { datname } of found.rows) {
      const madeAt = Number(datname.slice(databasePrefix.length).split('_')[0]);
      if (madeAt < Date.now() - abandonedAfterMs)
        await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
    }
  } finally {
    await client.end();
  }
}
