import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { countShipments, listShipmentsWithFacts } from '@keycourier/ledger/shipments/list-shipments';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { countFields, countOf, countQuery } from './counted.ts';
import { flag, limit, toCursor } from './query-fields.ts';
import { toListed } from './shipment-dto.ts';
import { filterInUrl } from './shipment-filter.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';

const query = z.strictObject({
  ...filterInUrl,
  limit,
  dryRun: flag.meta({ description: 'List only dry runs; otherwise only real shipments are listed' }),
  count: countQuery,
});

export const page = z.strictObject({
  items: z.array(shipment).meta({ description: 'The shipments of this page' }),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
  ...countFields,
});

export const pageExample = { items: [shipmentExample], nextCursor: null };

export const listShipments: Endpoint = {
  contract: {
    name: 'listShipments',
    summary: 'List shipments',
    readsPersonalData: true,
    description:
      'Newest first. Dry runs are listed separately, with `dryRun=true`. Several values of one filter are separated by commas: one of them is enough.',
    query,
    answers: { 200: { description: 'A page of shipments', content: json(page, pageExample) } },
    refusals: [],
  },
  handler: queryRoute(query, ({ ledger }, { tenant }, { query: filter }) => answerPage(ledger, tenant.name, filter)),
};

/** Answers with the shipments of a tenant that a filter selects, from a query or a body. */
export async function answerPage(ledger: Ledger, tenant: string, filter: z.output<typeof query>): Promise<Answer> {
  const { cursor: before, status, holdCode, trigger, count, ...rest } = filter;
  const selected = { tenant, statuses: status, holdCodes: holdCode, triggers: trigger, ...rest };
  const { items, nextCursor } = await listShipmentsWithFacts(ledger, { before, ...selected });
  return {
    status: 200,
    body: {
      items: items.map((one) => toListed(one.shipment, one.facts)),
      nextCursor: nextCursor === null ? null : toCursor(nextCursor),
      ...(await countOf(count, (atMost) => countShipments(ledger, selected, atMost))),
    },
  };
}
