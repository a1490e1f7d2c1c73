import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** Rows of a batch that have the same problem. */
export interface RowsByProblem {
  field: string;
  code: string;
  outcome: 'held' | 'rejected' | 'failed';
  count: number;
  /** Some of their numbers, never what they say. */
  examples: readonly number[];
}

/** What is wrong with rows of a batch, most frequent first, of no more than `limit` kinds. */
export async function countBatchProblems(
  { db }: Pick<Ledger, 'db'>,
  batchId: string,
  limit = 50,
): Promise<readonly RowsByProblem[]> {
  const { rows } = await sql<Omit<RowsByProblem, 'count'> & { count: string }>`
    select field, code, outcome, count(*) as count, (array_agg("row" order by "row"))[1:5] as examples from (
      select problem ->> 'field' as field, problem ->> 'code' as code, 'rejected' as outcome, "row"
      from batch_rejections, jsonb_array_elements(problems) as problem where batch_id = ${batchId}
      union all
      select coalesce(problem ->> 'field', 'shipment'), coalesce(problem ->> 'code', hold_code), 'held', batch_row
      from shipments left join lateral jsonb_array_elements(hold_problems) as problem on true
      where batch_id = ${batchId} and hold_code is not null
      union all
      select 'shipment', failure ->> 'code', 'failed', batch_row
      from shipments where batch_id = ${batchId} and status = 'failed' and failure is not null
    ) as found
    group by field, code, outcome order by count(*) desc, field, code limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
