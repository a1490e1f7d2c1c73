import { pipeline, Readable } from 'node:stream';

import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { batchColumns, linesOfBatch } from '@keycourier/operations/batches/result-lines';
import { stringify } from 'csv-stringify';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { batchParams, withBatch } from './with-batch.ts';

/** The result of each row as a spreadsheet, read page by page while it is sent. */
export const downloadResult: Endpoint = {
  contract: {
    name: 'downloadBatchResult',
    summary: 'Download the rows of a batch',
    readsPersonalData: true,
    description:
      'The result of each row as CSV in UTF-8, in the order of the file. A cell that a spreadsheet could interpret as a formula starts with an apostrophe.',
    params: batchParams,
    answers: {
      200: {
        description: 'The rows',
        content: { 'text/csv': { schema: z.string(), example: `${batchColumns.join(',')}\r\n` } },
      },
    },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBatch(async ({ ledger }, { id }, { inShare }) => ({
      status: 200,
      body: null,
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${id}.csv"`,
      },
      stream: pipeline(
        Readable.from(linesOfBatch(ledger, id, inShare)),
        stringify({ header: true, columns: [...batchColumns], record_delimiter: 'windows', escape_formulas: true }),
        // The reader of the stream gets the error.
        () => undefined,
      ),
    })),
  ),
};
