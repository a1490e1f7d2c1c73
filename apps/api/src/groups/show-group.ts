import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { group, groupExample, groupParams, noSuchGroup, readGroup } from './group-schema.ts';

export const showGroup: Endpoint = {
  contract: {
    name: 'showGroup',
    summary: 'Show a group',
    description: 'Without its members, which have a list of their own.',
    params: groupParams,
    answers: { 200: { description: 'The group', content: json(group, groupExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }, { params }) => {
    const body = await readGroup(ledger, tenant.name, params['id'] ?? '');
    return body === null ? refuse('not_found', noSuchGroup) : { status: 200, body };
  }),
};
