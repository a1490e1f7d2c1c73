import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { createConnection as insertConnection } from '@keycourier/ledger/directory/connections/connections';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { checkMapping } from './check-mapping.ts';
import { detailsExample, secretExample } from './connection-examples.ts';
import { expiryOf, newConnectionBody } from './connection-fields.ts';
import { connectionDetails } from './connection-schema.ts';
import { readDetails } from './read-details.ts';
import { nameTaken, refuseMapping } from './refusals.ts';

const created = z
  .strictObject({
    ...connectionDetails.shape,
    token: z.string().meta({ description: 'The first token in clear text, returned only once and never stored' }),
  })
  .meta({ id: 'ConnectionWithToken' });

/** A SCIM client's access to the directory. */
export const createConnection: Endpoint = {
  contract: {
    name: 'createConnection',
    locatedAt: '/v1/connections',
    summary: 'Create a connection',
    description:
      'For one SCIM client, such as an Okta app. Give `baseUrl` and `token` to the client; the token is returned only once, and we store its hash. All options are off by default. If the response does not reach you, find the connection with `GET /v1/connections`, revoke it and create another.',
    body: { isRequired: true, content: json(newConnectionBody, { name: 'Okta', includeManual: true }) },
    answers: {
      201: {
        description: 'The connection with its first token',
        content: json(created, { ...detailsExample, errors: [], token: secretExample }),
      },
    },
    refusals: ['connection_name_taken'],
  },
  handler: bodyRoute({ query: noQuery, body: newConnectionBody }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    const { mapping, expiresInDays, ...options } = request.body;
    const problems = checkMapping(mapping ?? []);
    if (problems.length > 0) return refuseMapping(problems);
    const wanted = {
      tenant: tenant.name,
      createdBy: apiKey.id,
      options: { ...options, mapping: mapping ?? [] },
      expiresAt: expiryOf(expiresInDays),
    };
    const result = await actsOf(context, caller, request).change(
      (ledger) => insertConnection(ledger, wanted),
      (made) =>
        made.outcome === 'created'
          ? { action: 'connection.created', subject: { kind: 'connection', id: made.connection.id } }
          : null,
    );
    if (result.outcome === 'name_taken') return nameTaken;
    const { connection, token } = result;
    context.logger.info({ connectionId: connection.id, by: apiKey.id }, 'SCIM connection created');
    return { status: 201, body: { ...(await readDetails(context, connection)), token: token.secret } };
  }),
};
