import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { listBatches as readPage } from '@keycourier/ledger/batches/batches';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { cursorOf, limit, optionalFlag, toCursor } from '../shipments/query-fields.ts';
import { listedBatch, listedBatchExample } from './batch-schema.ts';

const query = z.strictObject({
  dryRun: optionalFlag.meta({ description: 'Only dry runs, or only batches that order keys' }),
  cursor: cursorOf('bat').optional(),
  limit,
});

const page = z.strictObject({
  items: z.array(listedBatch),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
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
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: { dryRun, cursor, limit: pageSize } }) => {
    const found = await readPage(ledger, {
      tenant: tenant.name,
      limit: pageSize,
      ...(dryRun === undefined ? {} : { dryRun }),
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
      },
    };
  }),
};
