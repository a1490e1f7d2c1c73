import { describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { temporaryDatabase } from './temporary-database.ts';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('a temporary database', () => {
  test('is empty, and no other test has it', async () => {
    const [one, other] = await Promise.all([temporaryDatabase(), temporaryDatabase()]);
    await query(one.url, 'create table parcel (id int)');
    expect(await query(other.url, `select to_regclass('parcel') as found`)).toEqual([{ found: null }]);
    await Promise.all([one.drop(), other.drop()]);
  });

  test('copies its template', async () => {
    const template = await temporaryDatabase();
    await query(template.url, 'create table parcel as select 7 as id');
    const copy = await temporaryDatabase({ template: new URL(template.url).pathname.slice(1) });
    expect(await query(copy.url, 'select id from parcel')).toEqual([{ id: 7 }]);
    await Promise.all([template.drop(), copy.drop()]);
  });

  test('is dropped while clients are connected, and may be dropped twice', async () => {
    const database = await temporaryDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const thrownOut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await database.drop();
    expect(await thrownOut).toMatchObject({ message: expect.stringMatching(/terminat/i) });
    await expect(query(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });
});
