import { standardRetention } from '@keycourier/ledger/retention/policy';
import pg from 'pg';

import { BenchError } from '../errors.ts';
import type { Database } from '../stack/stores.ts';

/** What a copy has instead of its original's value, in SQL: `n` is the number of the copy. */
type Overrides = Readonly<Record<string, string>>;

/** Sorts before every id that the product makes, as older rows do. */
const shipmentId = "'shp_' || lpad(n::text, 26, '0')";
const eventId = "'evt_' || lpad(n::text, 26, '0')";

/** Copy n is so much older than its original. */
const secondsApart = 7;

/** Workers have long erased what was kept for the days of the standard retention. */
const unlessErased = (column: string): string =>
  `case when n * ${secondsApart} < ${standardRetention.eventBodyDays * 86_400} then original.${column} end`;

const ended: Readonly<Record<string, Overrides>> = {
  inbound_events: {
    id: eventId,
    uuid: "'fill-' || n",
    shipment_id: shipmentId,
    body: unlessErased('body'),
    user_index: unlessErased('user_index'),
    login_index: unlessErased('login_index'),
  },
  shipments: {
    id: shipmentId,
    person: "'okta:fill-' || n",
    okta_user_id: "'fill-' || n",
    login_index: "md5('fill-' || n)",
    provider_order_id: "'fill-' || n",
  },
  secrets: { shipment_id: shipmentId },
  history: { shipment_id: shipmentId },
  step_attempts: { id: "'run_' || lpad(n::text, 20, '0') || right(original.id, 6)", shipment_id: shipmentId },
};

/** The column that says of which shipment a row is. */
const ownerColumn: Readonly<Record<string, string>> = {
  inbound_events: 'shipment_id',
  shipments: 'id',
  secrets: 'shipment_id',
  history: 'shipment_id',
  step_attempts: 'shipment_id',
};

/** A shipment whose parcel is on its way: open, with a poll that is due in some hours. */
const inTransit: Overrides = {
  ...ended['shipments'],
  order_state: "'placed'",
  parcel_state: "'in_transit'",
  status: "'in_transit'",
};

const copiesAtOnce = 100_000;

/**
 * Copies the ended shipments of a ledger, with all of their rows, until there are `to` copies, and for each an open one
 * whose parcel is on its way; `from` copies are there already. Rows of copy n are n * 7 s older, so that a million of
 * them are those of eighty days.
 */
export async function fill(database: Database, { from, to }: { from: number; to: number }): Promise<void> {
  const originals = await database.rows<{ id: string }>(
    "select id from shipments where status = 'completed' and provider_order_id like 'bench-order-%' order by id limit 20",
  );
  if (originals.length === 0) throw new BenchError('there is no completed shipment to copy');
  const ids = originals.map(({ id }) => id);
  // Foreign keys hold by construction; their triggers would take most of the time.
  await database.rows('set session_replication_role = replica');
  const indexes = await dropIndexes(database);
  for (let first = from + 1; first <= to; first += copiesAtOnce) {
    const range = { first, last: Math.min(first + copiesAtOnce - 1, to) };
    for (const [table, overrides] of Object.entries(ended)) await copyRows(database, ids, { table, overrides, range });
    await addOpenOnes(database, ids, range);
  }
  await database.rows("set maintenance_work_mem = '512MB'");
  for (const statement of indexes) await database.rows(statement);
  await catchUp(database, ids);
  await database.rows('set session_replication_role = origin');
  await database.rows('vacuum (analyze)');
}

/** Workers have long counted by day what was long ago, and made the names of its people searchable. */
async function catchUp(database: Database, ids: readonly string[]): Promise<void> {
  await database.rows(
    "update count_positions set counted_to = (select max(id) from history), next_to = null, next_xid = null where name = 'history'",
  );
  await database.rows(
    `insert into name_backfills (tenant, before_id) select distinct tenant, '' from shipments where id = any($1::text[])
     on conflict (tenant) do update set before_id = excluded.before_id`,
    [ids],
  );
}

/** Making an index of all rows at once takes a tenth of the time. @returns the statements that make them */
async function dropIndexes(database: Database): Promise<string[]> {
  const indexes = await database.rows<{ name: string; statement: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as statement from pg_index
     where indrelid::regclass::text = any($1::text[]) and not exists (select from pg_constraint where conindid = indexrelid)`,
    [[...Object.keys(ended), 'outbox']],
  );
  for (const { name } of indexes) await database.rows(`drop index ${name}`);
  return indexes.map(({ statement }) => statement);
}

interface Copying {
  table: string;
  overrides: Overrides;
  range: { first: number; last: number };
}

/** The originals by number, in turn: copy n is of the original n modulo their count. */
const numbered = `
  numbers as (select n, ($1::text[])[n % cardinality($1::text[]) + 1] as of from generate_series($2::bigint, $3::bigint) n)`;

async function copyRows(
  database: Database,
  ids: readonly string[],
  { table, overrides, range }: Copying,
): Promise<void> {
  const columns = await columnsOf(database, table);
  const values = columns.map(({ name, type }) => overrides[name] ?? olderBy(name, type));
  const owner = pg.escapeIdentifier(ownerColumn[table] ?? 'id');
  await database.rows(
    `with ${numbered}
     insert into ${pg.escapeIdentifier(table)} (${columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')})
     select ${values.join(', ')} from numbers join ${pg.escapeIdentifier(table)} original on original.${owner} = numbers.of`,
    [ids, range.first, range.last],
  );
}

const olderBy = (name: string, type: string): string =>
  `original.${pg.escapeIdentifier(name)}${type.startsWith('timestamp') ? ` - n * interval '${secondsApart} seconds'` : ''}`;

/** Those that can be written: without identities and generated columns. */
const columnsOf = (database: Database, table: string): Promise<{ name: string; type: string }[]> =>
  database.rows<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = current_schema() and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER'
     order by ordinal_position`,
    [table],
  );

/** Their ids have an `o` before the number, so that the two kinds have ids of their own. */
async function addOpenOnes(database: Database, ids: readonly string[], range: Copying['range']): Promise<void> {
  const openId = "'shp_' || lpad('o' || n, 26, '0')";
  const people = { person: "'okta:open-' || n", okta_user_id: "'open-' || n", login_index: "md5('open-' || n)" };
  const overrides = { ...inTransit, ...people, id: openId, provider_order_id: "'open-' || n" };
  await copyRows(database, ids, { table: 'shipments', overrides, range });
  await database.rows(
    `insert into outbox (subject_id, step, tenant, due_at)
     select ${openId}, 'track-parcel', tenant, now() + interval '2 hours' + random() * interval '4 hours'
     from generate_series($2::bigint, $3::bigint) n, (select tenant from shipments where id = any($1::text[]) limit 1) one`,
    [ids, range.first, range.last],
  );
}
