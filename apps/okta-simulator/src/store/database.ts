import type { Pool, PoolClient, QueryResult } from 'pg';
import { z } from 'zod';

/** A pool, or a client inside a transaction. */
export interface Queryable {
  query: (text: string, values?: unknown[]) => Promise<QueryResult<Record<string, unknown>>>;
}

/** Runs `work` in a transaction, which is rolled back if `work` throws. */
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

type Query = string | { text: string; values: unknown[] };

/** Runs a query and parses its rows with a schema. */
export async function select<Row extends z.ZodType>(db: Queryable, row: Row, query: Query): Promise<z.infer<Row>[]> {
  const { text, values } = typeof query === 'string' ? { text: query, values: [] } : query;
  const result = await db.query(text, values);
  return z.array(row).parse(result.rows);
}
