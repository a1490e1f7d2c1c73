import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { detailsExample, personDetails } from './person-schema.ts';
import { noSuchPerson, personParams, readPerson } from './read-person.ts';

export const showPerson: Endpoint = {
  contract: {
    name: 'showPerson',
    summary: 'Show a person',
    readsPersonalData: true,
    description: 'With groups, stored attributes, and the profile that shipments make of them.',
    params: personParams,
    answers: { 200: { description: 'The person', content: json(personDetails, detailsExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }, { params }) => {
    const body = await readPerson({ ledger, db: ledger.db }, tenant, params['id'] ?? '');
    return body === null ? refuse('not_found', noSuchPerson) : { status: 200, body };
  }),
};
