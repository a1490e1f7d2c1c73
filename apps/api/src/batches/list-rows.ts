import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { limit } from '../shipments/query-fields.ts';
import { toRowDto } from './batch-row-dto.ts';
import { batchRow, rowExample, rowStatus } from './batch-schema.ts';
import { batchParams, withBatch } from './with-batch.ts';

/** Opaque to callers: the last row of the previous page, in base64url. */
export const rowCursor = z
  .string()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url').toString('latin1'))
  .pipe(z.string().regex(/^\d{1,6}$/))
  .transform(Number)
  .meta({ description: 'The `nextCursor` of the previous page' });

export const toRowCursor = (row: number): string => Buffer.from(String(row), 'latin1').toString('base64url');

const query = z.strictObject({
  status: rowStatus.meta({ description: 'Only rows with this status' }).optional(),
  cursor: rowCursor.optional(),
  limit,
});

const page = z.strictObject({
  items: z.array(batchRow),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

export const listRows: Endpoint = {
  contract: {
    name: 'listBatchRows',
    summary: 'List the rows of a batch',
    readsPersonalData: true,
    description: 'The result of each row, in the order of the file. Rows that were not accepted are `rejected`.',
    params: batchParams,
    query,
    answers: { 200: { description: 'A page of rows', content: json(page, { items: [rowExample], nextCursor: null }) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    query,
    withBatch(async ({ ledger }, { id }, { query: { status, cursor: after = 0, limit: pageSize } }) => {
      const { items, nextCursor } = await readRows(ledger, {
        batchId: id,
        after,
        limit: pageSize,
        ...(status === undefined ? {} : { status }),
      });
      return {
        status: 200,
        body: { items: items.map(toRowDto), nextCursor: nextCursor === null ? null : toRowCursor(nextCursor) },
      };
    }),
  ),
};
