import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import pg from 'pg';

import { connectDatabases } from './databases.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

const nameIn = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('on the server of DATABASE_URL, two stacks have databases of their own', async () => {
  const main = nameIn(database.url);
  const start = await connectDatabases('/nowhere', database.url);
  const demo = await connectDatabases('/nowhere', database.url, '_demo');
  expect(await start.url('keycourier')).toBe(database.url);
  const made = [await start.url('okta_simulator'), await demo.url('keycourier'), await demo.url('okta_simulator')];
  expect(made.map(nameIn)).toEqual([`${main}_okta_simulator`, `${main}_demo`, `${main}_demo_okta_simulator`]);
  expect(await demo.url('keycourier')).toBe(made[1]);
  for (const url of made) {
    expect(await query(url, 'select current_database() as name')).toEqual([{ name: nameIn(url) }]);
    await query(database.url, `drop database ${pg.escapeIdentifier(nameIn(url))}`);
  }
});
