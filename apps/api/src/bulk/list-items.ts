import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { listBulkItems } from '@keycourier/ledger/bulk/bulk-actions';
import { bulkColumns, linesOfBulk } from '@keycourier/operations/bulk/result-lines';
import { z } from 'zod';

import { csvContent, csvFile } from '../batches/download-result.ts';
import { rowCursor, toRowCursor } from '../batches/list-rows.ts';
import type { Endpoint } from '../endpoint.ts';
import { limit } from '../shipments/query-fields.ts';
import { bulkItem, outcomeInUrl, toBulkItem } from './bulk-schema.ts';
import { bulkParams, withBulk } from './with-bulk.ts';

const query = z.strictObject({
  outcome: outcomeInUrl.meta({ description: 'Only with this outcome' }).optional(),
  code: z
    .string()
    .regex(/^[a-z_]{1,50}$/)
    .meta({ description: 'Only for this reason, by its code' })
    .optional(),
  cursor: rowCursor.optional(),
  limit,
});

const page = z.strictObject({
  items: z.array(bulkItem).meta({ description: 'The shipments of this page' }),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

const example: z.output<typeof bulkItem> = {
  number: 1,
  shipmentId: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c',
  outcome: 'in',
  code: null,
  message: null,
  at: '2026-03-02T09:00:04.000Z',
};

export const listItems: Endpoint = {
  contract: {
    name: 'listBulkItems',
    summary: 'List the shipments of an action on a filter',
    description: 'What became of each, the newest shipment first.',
    params: bulkParams,
    query,
    answers: {
      200: { description: 'A page of shipments', content: json(page, { items: [example], nextCursor: null }) },
    },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    query,
    withBulk(async ({ ledger }, { found, request }) => {
      const { cursor: after = 0, limit: pageSize, outcome, code } = request.query;
      const wanted = { id: found.id, outcome, code, after, limit: pageSize };
      const { items, nextCursor } = await listBulkItems(ledger, wanted);
      const next = nextCursor === null ? null : toRowCursor(nextCursor);
      return { status: 200, body: { items: items.map(toBulkItem), nextCursor: next } };
    }),
  ),
};

export const downloadItems: Endpoint = {
  contract: {
    name: 'downloadBulkResult',
    summary: 'Download the shipments of an action on a filter',
    readsPersonalData: true,
    description:
      'What became of each as CSV in UTF-8, with the login of each person. A cell that a spreadsheet could interpret as a formula starts with an apostrophe.',
    params: bulkParams,
    answers: {
      200: csvContent('The shipments', bulkColumns),
    },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBulk(async ({ ledger }, { found: { id }, request }) =>
      csvFile({ name: id, columns: bulkColumns, lines: linesOfBulk(ledger, id, request.inShare) }),
    ),
  ),
};
