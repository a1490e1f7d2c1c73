import { listShipments as readPage } from '@keycourier/ledger/shipments/list-shipments';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute } from '../http/parse-request.ts';
import { cursor, flag, limit, status, toCursor, user } from './query-fields.ts';
import { toListed } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';

const query = z.strictObject({
  status: status.optional(),
  user: user.optional(),
  cursor: cursor.optional(),
  limit,
  dryRun: flag.meta({ description: 'Only rehearsals, instead of only real ones' }),
});

const page = z.strictObject({
  items: z.array(shipment),
  nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one' }),
});

/** A page of the tenant's shipments, newest first. Rehearsals are listed apart, with `dryRun=true`. */
export const listShipments: Endpoint = {
  contract: {
    name: 'listShipments',
    summary: 'List shipments',
    description: 'Newest first. Rehearsals are listed apart, with `dryRun=true`.',
    query,
    answers: {
      200: { description: 'A page of shipments', content: json(page, { items: [shipmentExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, given) => {
    const { cursor: before, status: wanted, user: person, ...rest } = given.query;
    const { items, nextCursor } = await readPage(ledger, {
      tenant: tenant.name,
      ...rest,
      ...(wanted === undefined ? {} : { status: wanted }),
      ...(person === undefined ? {} : { user: person }),
      ...(before === undefined ? {} : { before }),
    });
    return {
      status: 200,
      body: { items: items.map(toListed), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
    };
  }),
};
