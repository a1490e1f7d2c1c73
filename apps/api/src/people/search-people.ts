import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { cursorOf } from '../shipments/query-fields.ts';
import { answerPage, owner, page, pageExample } from './list-people.ts';
import { newPersonBody } from './person-fields.ts';

const body = z.strictObject({
  userName: newPersonBody.shape.userName.optional(),
  connection: owner.optional(),
  active: z.boolean().optional(),
  problem: z.boolean().optional(),
  cursor: cursorOf('usr').optional(),
  limit: z.int().min(1).max(100).default(50),
});

/** The list of people with its filter in the body: a user name in a URL ends up in the logs of every proxy on the way. */
export const searchPeople: Endpoint = {
  contract: {
    name: 'searchPeople',
    summary: 'Search people',
    readsPersonalData: true,
    description:
      'The same as the list of people, with the filter in the body; by exact user name too, in any letter case.',
    body: { isRequired: true, content: json(body, { userName: 'ada@example.com' }) },
    answers: { 200: { description: 'A page of people', content: json(page, pageExample) } },
    refusals: [],
  },
  handler: bodyRoute({ query: noQuery, body }, ({ ledger }, { tenant }, request) =>
    answerPage(ledger, tenant.name, request.body),
  ),
};
