import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { countBatches, listBatches as readPage } from '@keycourier/ledger/batches/batches';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { countFields, countOf, countQuery } from '../shipments/counted.ts';
import { cursorOf, limit, optionalFlag, toCursor } from '../shipments/query-fields.ts';
import { listedBatch, listedBatchExample } from './batch-schema.ts';

const query = z.strictObject({
  dryRun: optionalFlag.meta({ description: 'Only dry runs, or only batches that order keys' }),
  cursor: cursorOf('bat').optional(),
  limit,
  count: countQuery,
});

const page = z.strictObject({
  items: z.array(listedBatch).meta({ description: 'The batches of this page' }),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
  ...countFields,
});

export const listBatches: Endpoint = {
  contract: {
    name: 'listBatches',
    summary: 'List batches',
    description: 'Newest first. `GET /v1/batches/{id}` shows the statuses of the shipments of one.',
    query,
    answers: {
      200: { description: 'A page of batches', content: json(page, { items: [listedBatchExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: { dryRun, cursor, limit: pageSize, count } }) => {
    const filter = { tenant: tenant.name, ...(dryRun === undefined ? {} : { dryRun }) };
    const found = await readPage(ledger, {
      ...filter,
      limit: pageSize,
      ...(cursor === undefined ? {} : { before: cursor }),
    });
    return {
      status: 200,
      body: {
        items: found.items.map(({ tenant: _, createdAt, ...item }) => ({
          ...item,
          createdAt: createdAt.toISOString(),
        })),
        nextCursor: found.nextCursor === null ? null : toCursor(found.nextCursor),
        ...(await countOf(count, (atMost) => countBatches(ledger, filter, atMost))),
      },
    };
  }),
};
