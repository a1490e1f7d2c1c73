import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import pg from 'pg';

import type { World } from './world.ts';

const pools = new Map<string, pg.Pool>();

/** Conditions are read many times a second, and a new connection costs more than what it reads. */
function poolOf(connectionString: string): pg.Pool {
  const known = pools.get(connectionString);
  if (known !== undefined) return known;
  // One connection, so that a fault that ends all others spares it.
  const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 1_000, allowExitOnIdle: true });
  // A stack's server may end before an idle connection to it does.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  pool.on('error', () => undefined);
  pools.set(connectionString, pool);
  return pool;
}

/** Queries the ledger's database directly. */
export async function queryLedger(
  { stack }: Pick<World, 'stack'>,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const { rows } = await poolOf(stack.databaseUrl).query<Record<string, unknown>>(statement, [...values]);
  return rows;
}

/** What an operator does or reads, with the stack's own keys. */
export async function inLedger<Result>(
  world: Pick<World, 'stack'>,
  work: (ledger: Ledger) => Promise<Result>,
): Promise<Result> {
  const sealing = await readSealing(world.stack.keys.sealingPath, 'local');
  const { databaseUrl } = world.stack;
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Waits for a decision about every event of the directory, but for deactivations, which wait for the end of their grace. */
export const untilDirectoryEventsAreDecided = (world: Pick<World, 'stack'>): Promise<unknown> =>
  waitUntil('a decision about every event of the directory that is due', async () => {
    const rows = await queryLedger(
      world,
      `select 1 from inbound_events where source = 'scim' and state = 'received' and event_type <> 'scim.user.deactivated'`,
    );
    return rows.length === 0;
  });

/** Every row of every table of a database, as text. */
export async function dumpDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const dumps: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dumps.push(name, ...rows.map(({ row }) => row));
    }
    return dumps.join('\n');
  } finally {
    await client.end();
  }
}
