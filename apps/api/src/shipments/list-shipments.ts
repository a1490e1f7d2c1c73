import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { listShipments as readPage } from '@keycourier/ledger/shipments/list-shipments';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { cursor, flag, limit, status, toCursor, user } from './query-fields.ts';
import { toListed } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';

const query = z.strictObject({
  status: status.optional(),
  user: user.optional(),
  cursor: cursor.optional(),
  limit,
  dryRun: flag.meta({ description: 'List only dry runs; otherwise only real shipments are listed' }),
});

const page = z.strictObject({
  items: z.array(shipment),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

export const listShipments: Endpoint = {
  contract: {
    name: 'listShipments',
    summary: 'List shipments',
    readsPersonalData: true,
    description: 'Newest first. Dry runs are listed separately, with `dryRun=true`.',
    query,
    answers: {
      200: { description: 'A page of shipments', content: json(page, { items: [shipmentExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: filter }) => {
    const { cursor: before, status: onlyStatus, user: onlyUser, ...rest } = filter;
    const { items, nextCursor } = await readPage(ledger, {
      tenant: tenant.name,
      ...rest,
      ...(onlyStatus === undefined ? {} : { status: onlyStatus }),
      ...(onlyUser === undefined ? {} : { user: onlyUser }),
      ...(before === undefined ? {} : { before }),
    });
    return {
      status: 200,
      body: { items: items.map(toListed), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
    };
  }),
};
