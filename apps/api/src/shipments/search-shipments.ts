import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { countInBody } from './counted.ts';
import { answerPage, page, pageExample } from './list-shipments.ts';
import { filterInBody } from './shipment-filter.ts';

const body = z.strictObject({
  ...filterInBody,
  limit: z.int().min(1).max(100).default(50),
  dryRun: z
    .boolean()
    .default(false)
    .meta({ description: 'List only dry runs; otherwise only real shipments are listed' }),
  count: countInBody,
});

/** The list of shipments with its filter in the body: a login in a URL ends up in the logs of every proxy on the way. */
export const searchShipments: Endpoint = {
  contract: {
    name: 'searchShipments',
    summary: 'Search shipments',
    readsPersonalData: true,
    description:
      'The same as the list of shipments, with the filter in the body: prefer it for a login, since URLs are kept in logs on the way.',
    body: { isRequired: true, content: json(body, { user: 'ada@example.com' }) },
    answers: { 200: { description: 'A page of shipments', content: json(page, pageExample) } },
    refusals: [],
  },
  handler: bodyRoute({ query: noQuery, body }, ({ ledger }, { tenant }, request) =>
    answerPage(ledger, tenant.name, request.body),
  ),
};
