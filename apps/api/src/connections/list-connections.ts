import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { connectionExample } from './connection-examples.ts';
import { connection } from './connection-schema.ts';
import { readAll } from './read-details.ts';

const connections = z.strictObject({ items: z.array(connection) });

export const listConnections: Endpoint = {
  contract: {
    name: 'listConnections',
    summary: 'List connections',
    description:
      'Newest first, with their tokens but no secrets, and including revoked connections: they still own the people that they provisioned.',
    answers: {
      200: { description: 'All connections of the tenant', content: json(connections, { items: [connectionExample] }) },
    },
    refusals: [],
  },
  handler: queryRoute(noQuery, async (context, { tenant }) => ({
    status: 200,
    body: { items: await readAll(context, tenant.name) },
  })),
};
