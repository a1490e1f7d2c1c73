import { pipeline, Readable } from 'node:stream';

import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { batchColumns, linesOfBatch } from '@keycourier/operations/batches/result-lines';
import { stringify } from 'csv-stringify';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { batchParams, withBatch } from './with-batch.ts';

interface CsvFile {
  name: string;
  columns: readonly string[];
  lines: AsyncIterable<unknown>;
}

/** A CSV file that no spreadsheet reads as formulas, made while it is sent. */
export const csvFile = ({ name, columns, lines }: CsvFile) => ({
  status: 200,
  body: null,
  headers: {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}.csv"`,
  },
  stream: pipeline(
    Readable.from(lines),
    stringify({ header: true, columns: [...columns], record_delimiter: 'windows', escape_formulas: true }),
    // The reader of the stream gets the error.
    () => undefined,
  ),
});

/** As a contract describes it. */
export const csvContent = (description: string, columns: readonly string[]) => ({
  description,
  content: { 'text/csv': { schema: z.string(), example: `${columns.join(',')}\r\n` } },
});

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
      200: csvContent('The rows', batchColumns),
    },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBatch(async ({ ledger }, { id }, { inShare }) =>
      csvFile({ name: id, columns: batchColumns, lines: linesOfBatch(ledger, id, inShare) }),
    ),
  ),
};
