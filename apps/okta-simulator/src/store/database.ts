import type { Pool, PoolClient, QueryResult } from 'pg';
import { z } from 'zod';

/** A pool or a client inside a transaction; a query does not care which. */
export interface Queryable {
  query: (text: string, values?: unknown[]) => Promise<QueryResult<Record<string, unknown>>>;
}

/** Commits what `work` did when it returns, and none of it when it throws. */
export async function inTransaction<Result>(db: Pool, work: (tx: PoolClient) => Promise<Result>): Promise<Result> {
  const tx = await db.connect();
  try {
    await tx.query('begin');
    const result = await work(tx);
    await tx.query('commit');
    tx.release();
    return result;
  } catch (error) {
    await tx.query('rollback').then(
      () => tx.release(),
      (broken: unknown) => tx.release(broken instanceof Error ? broken : true),
    );
    throw error;
  }
}

/** Runs a query and parses its rows by the schema that gives them their type. */
export async function select<Row extends z.ZodType>(
  db: Queryable,
  row: Row,
  text: string,
  values: unknown[] = [],
): Promise<z.infer<Row>[]> {
  const result = await db.query(text, values);
  return z.array(row).parse(result.rows);
}
