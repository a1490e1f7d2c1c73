import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { connect } from '../stack/stores.ts';

/** What Postgres counted in one database. */
export interface Counters {
  /** With those that only read, which wait for no disk. */
  transactions: number;
  /** Without begin, commit, rollback and set. */
  statements: number;
  /** With them: several go in one message, so they are no round trips. */
  sent: number;
  ledgerRows: number;
  queueRows: number;
}

const counted = z.record(z.enum(['transactions', 'statements', 'sent', 'ledgerRows', 'queueRows']), z.coerce.number());

const query = `
  select
    (select xact_commit from pg_stat_database where datname = current_database()) as "transactions",
    (select coalesce(sum(calls) filter (where query !~* '^(begin|commit|rollback|start|set|savepoint|release)'), 0) from mine) as "statements",
    (select coalesce(sum(calls), 0) from mine) as "sent",
    (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where schemaname <> 'bullmq') as "ledgerRows",
    (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where schemaname = 'bullmq') as "queueRows"`;

const mine = `
  with mine as (
    select calls, query from pg_stat_statements join pg_database on pg_database.oid = dbid
    where datname = current_database() and query not like '%pg_stat_%')`;

/**
 * Reads the counters of a database. A backend reports what it counted when it ends, or when it has been idle for ten
 * seconds: exact once the processes that used the database have stopped.
 */
export async function readCounters(databaseUrl: string): Promise<Counters> {
  const database = await connect(databaseUrl);
  try {
    await database.rows('create extension if not exists pg_stat_statements');
    const [row] = await database.rows(`${mine}${query}`);
    return counted.parse(row);
  } finally {
    await database.close();
  }
}

/** How many transactions of the server have written something so far: each got an id, and waits for the disk at its commit. */
export async function readCommits(databaseUrl: string): Promise<number> {
  const database = await connect(databaseUrl);
  try {
    const [row] = await database.rows<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
    return Number(row?.next);
  } finally {
    await database.close();
  }
}

/** The most expensive statements, by their time in the server. */
export async function topStatements(
  databaseUrl: string,
  limit: number,
): Promise<{ text: string; ms: number; calls: number }[]> {
  const database = await connect(databaseUrl);
  try {
    return await database.rows<{ text: string; ms: number; calls: number }>(
      `select left(regexp_replace(query, '\\s+', ' ', 'g'), 110) as text, total_exec_time as ms, calls::int as calls
       from pg_stat_statements join pg_database on pg_database.oid = dbid
       where datname = current_database() and query not like '%pg_stat_%' order by total_exec_time desc limit ${limit}`,
    );
  } finally {
    await database.close();
  }
}

/** Until no connection of ours is left but this one: what they counted has been reported. */
export async function untilDisconnected(databaseUrl: string): Promise<void> {
  const database = await connect(databaseUrl);
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const [row] = await database.rows<{ others: number }>(
        'select count(*)::int as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      if (row?.others === 0) return;
      await sleep(100);
    }
  } finally {
    await database.close();
  }
}

export const countersEach = (before: Counters, after: Counters, count: number): Counters => ({
  transactions: (after.transactions - before.transactions) / count,
  statements: (after.statements - before.statements) / count,
  sent: (after.sent - before.sent) / count,
  ledgerRows: (after.ledgerRows - before.ledgerRows) / count,
  queueRows: (after.queueRows - before.queueRows) / count,
});

/** Rows that scans of whole tables have read so far, and the size of the database. */
export async function readScans(databaseUrl: string): Promise<{ rows: number; databaseMb: number }> {
  const database = await connect(databaseUrl);
  try {
    const [row] = await database.rows<{ rows: number; mb: number }>(
      `select (select coalesce(sum(seq_tup_read), 0)::float8 from pg_stat_user_tables) as rows,
        pg_database_size(current_database()) / 1048576.0::float8 as mb`,
    );
    return { rows: row?.rows ?? Number.NaN, databaseMb: row?.mb ?? Number.NaN };
  } finally {
    await database.close();
  }
}
