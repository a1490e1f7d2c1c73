import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { sql, type Kysely } from 'kysely';

import { connectLedger, type Ledger } from './connect-ledger.ts';
import { migrate, readMigrations } from './migrate.ts';
import { createSealing, generateKeyring, parseKeyring } from './sealing.ts';
import { migrateUpTo } from './testing/migrate-up-to.ts';
import { temporaryDatabase, type TemporaryDatabase } from './testing/temporary-database.ts';

const cleanUps: (() => Promise<void>)[] = [];
let database: TemporaryDatabase;
beforeEach(async () => {
  database = await temporaryDatabase();
  cleanUps.push(database.drop);
});
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

/** What another process of this version would open. */
function openProcess(): Ledger {
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const options = { maxConnections: 2, use: 'migration', limits: patientLimits, maxRequestsInFlight: () => 1 } as const;
  const ledger = connectLedger({ databaseUrl: database.url, sealing, ...options });
  cleanUps.push(ledger.close);
  return ledger;
}

const tables = async ({ db }: Ledger): Promise<readonly string[]> =>
  (await db.introspection.getTables()).map(({ name }) => name);

const everything = Object.keys(await readMigrations()).toSorted();

test('no two migrations have one number, but for those that databases already hold', () => {
  const numbers = everything.map((name) => name.slice(0, 4));
  const repeated = new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index));
  expect(repeated).toEqual(new Set(['0007', '0012', '0030', '0036']));
});

describe('migrate', () => {
  test('makes an empty database into a ledger, and a second time changes nothing', async () => {
    const ledger = openProcess();
    expect(await migrate(ledger.db)).toEqual(everything);
    expect(await tables(ledger)).toEqual(expect.arrayContaining(['shipments', 'secrets', 'history', 'outbox']));
    expect(await migrate(ledger.db)).toEqual([]);
  });

  test('done by ten processes at once is done by one of them', async () => {
    const processes = Array.from({ length: 10 }, openProcess);
    const done = await Promise.all(processes.map(({ db }) => migrate(db)));
    expect(done.flat()).toEqual(everything);
  });

  test('refuses a database that a newer version has migrated, and touches nothing', async () => {
    const ledger = openProcess();
    await migrate(ledger.db);
    await sql`insert into kysely_migration (name, timestamp) values ('9999_later', '')`.execute(ledger.db);
    await expect(migrate(ledger.db)).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'schema_newer',
      message: expect.stringContaining('9999_later'),
    });
  });

  test('leaves nothing behind when a statement of a migration fails', async () => {
    const ledger = openProcess();
    await sql`create table shipments (taken integer)`.execute(ledger.db);
    await expect(migrate(ledger.db)).rejects.toMatchObject({ code: '42P07' });
    expect(await tables(ledger)).not.toContain('outbox');
    await sql`drop table shipments`.execute(ledger.db);
    expect(await migrate(ledger.db)).toEqual(everything);
  });

  test('commits each migration of a database in use by itself: the next one holds no lock of it', async () => {
    await migrateUpTo(database.url, '0003_one_vocabulary');
    const { db } = openProcess();
    const { db: other } = openProcess();
    const locked: unknown[] = [];
    const up = (text: string) => ({ up: async (tx: Kysely<unknown>) => void (await sql.raw(text).execute(tx)) });
    const known = Object.entries(await readMigrations()).filter(([name]) => name <= '0003_one_vocabulary');
    const migrations = {
      ...Object.fromEntries(known),
      '0004_a': up('alter table shipments add column one integer'),
      '0005_b': {
        up: async () => {
          const { rows } = await sql`select from pg_locks join pg_database on pg_database.oid = database
            where datname = current_database() and relation = 'shipments'::regclass and mode = 'AccessExclusiveLock'`.execute(
            other,
          );
          locked.push(...rows);
        },
      },
      '0006_c': up('alter table no_such_table add column one integer'),
    };
    await expect(migrate(db, async () => migrations)).rejects.toMatchObject({ code: '42P01' });
    expect(locked).toEqual([]);
    const { rows } = await sql<{
      name: string;
    }>`select name from kysely_migration where name > '0004' order by name`.execute(db);
    expect(rows.map(({ name }) => name)).toEqual(['0004_a', '0005_b']);
  });

  test('keeps the orders of an earlier version locked that the provider had locked', async () => {
    await migrateUpTo(database.url, '0003_one_vocabulary');
    const { db } = openProcess();
    for (const state of [null, 3, 9, 12, 103])
      await sql`
        insert into shipments (id, tenant, trigger, purpose, person, product_id, inventory_product_id, customization_id,
          order_state, parcel_state, credential_state, pin_state, status, pin_recipient, pin_channel, pin_release,
          created_at, updated_at, provider_state)
        values (${`shp_${state ?? 'new'}`}, 'acme', 'api', 'primary', ${`okta:${state ?? 'new'}`}, '1', '106', 'RXJN83',
          'placed', 'preparing', 'pending', 'none', 'in_production', 'auto', 'okta', 'on_activation',
          now(), now(), ${state}::integer)`.execute(db);
    await migrate(db);
    const locked = await db
      .selectFrom('shipments')
      .select('id')
      .where('order_locked', '=', true)
      .orderBy('id')
      .execute();
    expect(locked.map(({ id }) => id)).toEqual(['shp_103', 'shp_12']);
  });
});
