import { pipeline, Readable } from 'node:stream';

import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { readRows, type RowQuery } from '@keycourier/ledger/batches/read-rows';
import { stringify } from 'csv-stringify';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { toRowDto } from './batch-row-dto.ts';
import type { BatchRowDto } from './batch-schema.ts';
import { batchParams, withBatch } from './with-batch.ts';

const columns = [
  'row',
  'status',
  'login',
  'userId',
  'shipmentId',
  'trackingUrl',
  'problems',
  'messages',
  'suggestion',
] as const;

type Line = Readonly<Record<(typeof columns)[number], string | number | null>>;

const rowsPerPage = 200;

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
        content: { 'text/csv': { schema: z.string(), example: `${columns.join(',')}\r\n` } },
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
      stream: asCsv(linesOf((query) => inShare(() => readRows(ledger, query)), id)),
    })),
  ),
};

const asCsv = (lines: AsyncIterable<Line>): Readable =>
  pipeline(
    Readable.from(lines),
    stringify({ header: true, columns: [...columns], record_delimiter: 'windows', escape_formulas: true }),
    // The reader of the stream gets the error.
    () => undefined,
  );

/** Each page takes the tenant's share for itself: a slow reader keeps no connection. */
async function* linesOf(
  readPage: (query: RowQuery) => ReturnType<typeof readRows>,
  batchId: string,
): AsyncGenerator<Line> {
  let after: number | null = 0;
  while (after !== null) {
    const page = await readPage({ batchId, after, limit: rowsPerPage });
    for (const row of page.items) yield toLine(toRowDto(row));
    after = page.nextCursor;
  }
}

function toLine({ row, status, user, shipmentId, trackingUrl, problems, suggestion }: BatchRowDto): Line {
  return {
    row,
    status,
    login: user.login,
    userId: user.id,
    shipmentId,
    trackingUrl,
    problems: problems.map(({ field, code }) => `${field}:${code}`).join(' '),
    messages: problems.map(({ message }) => message).join(' '),
    suggestion: Object.entries(suggestion ?? {})
      .map(([field, value]) => `${field}: ${value}`)
      .join('; '),
  };
}
