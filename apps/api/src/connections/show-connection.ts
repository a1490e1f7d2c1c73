import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { detailsExample } from './connection-examples.ts';
import { connectionDetails } from './connection-schema.ts';
import { connectionParams, findConnection, noSuchConnection, readDetails } from './read-details.ts';

export const showConnection: Endpoint = {
  contract: {
    name: 'showConnection',
    summary: 'Show a connection',
    description: 'With its attribute mapping and the last refused requests.',
    params: connectionParams,
    answers: { 200: { description: 'The connection', content: json(connectionDetails, detailsExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(noQuery, async (context, { tenant }, { params }) => {
    const connection = await findConnection(context.ledger, tenant.name, params['id'] ?? '');
    if (connection === null) return refuse('not_found', noSuchConnection);
    return { status: 200, body: await readDetails(context, connection) };
  }),
};
