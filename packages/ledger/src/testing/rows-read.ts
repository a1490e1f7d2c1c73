import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';

/** What Postgres read of the tables that grow with use, inside SQL functions too. */
export interface RowsRead {
  /** By scans of whole tables, by table. */
  byScan: Readonly<Record<string, number>>;
  /** Rows and index entries, by index. */
  byIndex: number;
}

/** The tables that grow with use. */
export const growingTables = ['shipments', 'secrets', 'history', 'step_attempts', 'outbox', 'inbound_events'];

const counted = z.array(z.object({ table: z.string(), scanned: z.coerce.number(), indexed: z.coerce.number() }));

/** A connection counts its reads for others when it ends a transaction, but at most once a second, unless it is forced to. */
async function read({ db }: Ledger, tables: readonly string[]): Promise<z.infer<typeof counted>> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  await sql`select pg_stat_clear_snapshot()`.execute(db);
  const { rows } = await sql`
    select relname as "table", seq_tup_read as "scanned",
      coalesce(idx_tup_fetch, 0) + (
        select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes indexes where indexes.relid = tables.relid
      ) as "indexed"
    from pg_stat_user_tables tables where relname = any(${[...tables]}::text[])`.execute(db);
  return counted.parse(rows);
}

/** Returns what some work read. The ledger must have one connection, or some of it is counted later. */
export async function rowsReadBy(
  ledger: Ledger,
  work: () => Promise<unknown>,
  tables: readonly string[] = growingTables,
): Promise<RowsRead> {
  const before = new Map((await read(ledger, tables)).map((row) => [row.table, row]));
  await work();
  const after = await read(ledger, tables);
  const scanned = after.map(({ table, scanned: now }) => [table, now - (before.get(table)?.scanned ?? 0)] as const);
  return {
    byScan: Object.fromEntries(scanned.filter(([, rows]) => rows > 0)),
    byIndex: after.reduce((sum, { table, indexed }) => sum + indexed - (before.get(table)?.indexed ?? 0), 0),
  };
}
