import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { countInBody } from '../shipments/counted.ts';
import { answerPage, eventFilter, page, pageExample } from './list-events.ts';

const body = z.strictObject({ ...eventFilter, limit: z.int().min(1).max(100).default(50), count: countInBody });

/** The list of events with its filter in the body: a login in a URL ends up in the logs of every proxy on the way. */
export const searchEvents: Endpoint = {
  contract: {
    name: 'searchEvents',
    summary: 'Search events',
    readsPersonalData: true,
    description: 'The same as the list of events, with the filter in the body.',
    body: { isRequired: true, content: json(body, { user: 'ada@example.com' }) },
    answers: { 200: { description: 'A page of events', content: json(page, pageExample) } },
    refusals: [],
  },
  handler: bodyRoute({ query: noQuery, body }, ({ ledger }, { tenant }, request) =>
    answerPage(ledger, tenant.name, request.body),
  ),
};
