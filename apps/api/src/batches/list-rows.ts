import { readRows } from '@keycourier/ledger/batches/read-rows';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute } from '../http/parse-request.ts';
import { limit } from '../shipments/query-fields.ts';
import { toRowDto } from './batch-row-dto.ts';
import { batchRow, rowExample, rowStatus } from './batch-schema.ts';
import { batchParams, withBatch } from './with-batch.ts';

/** Opaque to callers: the row that the page before ended with, in base64url. */
const cursor = z
  .string()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url').toString('latin1'))
  .pipe(z.string().regex(/^\d{1,6}$/))
  .transform(Number);

const toCursor = (row: number): string => Buffer.from(String(row), 'latin1').toString('base64url');

const query = z.strictObject({ status: rowStatus.optional(), cursor: cursor.optional(), limit });

const page = z.strictObject({
  items: z.array(batchRow),
  nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one' }),
});

/** A page of a batch's rows, in the order of the file. */
export const listRows: Endpoint = {
  contract: {
    name: 'listBatchRows',
    summary: 'List the rows of a batch',
    description: 'What became of each row, in the order of the file: those that were not accepted are `rejected`.',
    params: batchParams,
    query,
    answers: { 200: { description: 'A page of rows', content: json(page, { items: [rowExample], nextCursor: null }) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    query,
    withBatch(async ({ ledger }, { id }, { query: { status, cursor: after = 0, limit: most } }) => {
      const { items, nextCursor } = await readRows(ledger, {
        batchId: id,
        after,
        limit: most,
        ...(status === undefined ? {} : { status }),
      });
      return {
        status: 200,
        body: { items: items.map(toRowDto), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
      };
    }),
  ),
};
