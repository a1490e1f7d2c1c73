import { EventEmitter, once } from 'node:events';

import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';

import { closeTestLedgers, connectTestLedger } from './connect-test-ledger.ts';
import { assertNothingLeft } from './left-behind.ts';
import { temporaryDatabase } from './temporary-database.ts';

afterAll(closeTestLedgers);

const soon = { limitMs: 20 };

test('a file that leaves a connection or a transaction open fails, and reads where it was opened', async () => {
  const { ledger } = await connectTestLedger();
  const released = new EventEmitter();
  const release = once(released, 'release');
  const transaction = ledger.db.transaction().execute(async (tx) => {
    await sql`select`.execute(tx);
    await release;
  });
  try {
    await expect(assertNothingLeft(soon)).rejects.toThrow(
      /left open a connection to Postgres, of\n[^]*left open a transaction, of\n[^]*left-behind\.test/,
    );
  } finally {
    released.emit('release');
  }
  await transaction;
});

test('a rejection that no one handles fails the file', async () => {
  void Promise.reject(new RangeError('left behind'));
  await expect(assertNothingLeft(soon)).rejects.toThrow(/No one has handled RangeError: left behind/);
});

test('a database that is dropped under a transaction fails the file, and one that is not in use does not', async () => {
  const database = await temporaryDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await database.drop();
  await expect(assertNothingLeft()).rejects.toThrow(/dropped the database of a connection/);

  const idle = await temporaryDatabase();
  await idle.drop();
  await assertNothingLeft();
});
