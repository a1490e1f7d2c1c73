import { sql } from 'kysely';

import type { Ledger, Tx } from './connect-ledger.ts';
import { prepared } from './prepared.ts';

/** Rows from which what Postgres supposes without statistics is far from what there is. */
const grownFrom = 1_000;

/**
 * Analyzes the tables that have grown and never were analyzed, as those of a young or restored database. Autovacuum does, but vacuums first: a
 * connection that plans a statement in between supposes that a shipment has hundreds of secrets, remembers what that would cost, and plans the statement
 * anew for each shipment from then on, since that looks cheaper. This costs 3 ms of Postgres a shipment.
 * @returns their names
 */
export async function analyzeGrown({ db }: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`${prepared}
    select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
      and pg_stat_get_live_tuples(oid) >= ${grownFrom}
      and pg_stat_get_last_analyze_time(oid) is null and pg_stat_get_last_autoanalyze_time(oid) is null order by relname`.execute(
    db,
  );
  for (const { name } of rows) await db.transaction().execute((tx) => analyzeTable(tx, name));
  return rows.map(({ name }) => name);
}

/** By a tenth of the usual sample, which says how large the table is as well: the whole one is up to 30,000 rows, while others wait. */
export async function analyzeTable(tx: Tx, name: string): Promise<void> {
  await sql`set local default_statistics_target = 10`.execute(tx);
  await sql`analyze (skip_locked) ${sql.table(name)}`.execute(tx);
}
