import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { createToken as insertToken, listTokens } from '@keycourier/ledger/directory/connections/tokens';
import { z } from 'zod';

import { actsOf, type Act } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { secretExample, tokenExample } from './connection-examples.ts';
import { expiryOf, newTokenBody } from './connection-fields.ts';
import { baseUrlOf, token, toToken } from './connection-schema.ts';
import { connectionParams, findConnection, noSuchConnection } from './read-details.ts';
import { revoked } from './refusals.ts';

const tokenWithSecret = z
  .strictObject({
    ...token.shape,
    token: z.string().meta({ description: 'The token in clear text, returned only once and never stored' }),
  })
  .meta({ id: 'ConnectionTokenWithSecret' });

const clientWithSecret = z
  .strictObject({
    ...token.shape,
    clientId: z.string(),
    clientSecret: z.string().meta({ description: 'In clear text, returned only once and never stored' }),
    tokenUrl: z.string().meta({ description: 'Where the client gets its access tokens, which last an hour' }),
  })
  .meta({ id: 'ConnectionClientWithSecret' });

const unused = { ...tokenExample, lastUsedAt: null };

/** A second token, so that the client can be given it before the first one ends. */
export const createToken: Endpoint = {
  contract: {
    name: 'createConnectionToken',
    summary: 'Create a token of a connection',
    description:
      'To rotate: create a second token, enter it in the client, then revoke the first. Two may be live at once; a third is refused. The token is returned only once.',
    params: connectionParams,
    body: { isRequired: false, content: json(newTokenBody, { expiresInDays: 365 }) },
    answers: {
      201: {
        description: 'The token in clear text',
        content: json(tokenWithSecret, { ...unused, token: secretExample }),
      },
    },
    refusals: ['not_found', 'connection_revoked', 'two_live'],
  },
  handler: bodyRoute({ query: noQuery, body: newTokenBody }, (context, caller, { params, body, requestId }) =>
    create(context, caller, {
      requestId,
      id: params['id'] ?? '',
      kind: 'bearer',
      expiresInDays: body?.expiresInDays,
      show: ({ secret }) => ({ token: secret }),
    }),
  ),
};

export const createClient: Endpoint = {
  contract: {
    name: 'createConnectionClient',
    summary: 'Create an OAuth client of a connection',
    description:
      'For SCIM clients that use OAuth client credentials; Okta does not. `clientSecret` is returned only once. Two clients may be live at once.',
    params: connectionParams,
    body: { isRequired: false, content: json(newTokenBody, {}) },
    answers: {
      201: {
        description: 'Client id and secret',
        content: json(clientWithSecret, {
          ...unused,
          kind: 'client',
          clientId: unused.id,
          clientSecret: secretExample,
          tokenUrl: 'https://scim.example.com/scim/v2/01kab3v6d2m8zq4w0xrt5y7n9c/oauth/token',
        }),
      },
    },
    refusals: ['not_found', 'connection_revoked', 'two_live'],
  },
  handler: bodyRoute({ query: noQuery, body: newTokenBody }, (context, caller, { params, body, requestId }) =>
    create(context, caller, {
      requestId,
      id: params['id'] ?? '',
      kind: 'client',
      expiresInDays: body?.expiresInDays,
      show: ({ id, secret, baseUrl }) => ({
        clientId: id,
        clientSecret: secret,
        tokenUrl: `${baseUrl}/oauth/token`,
      }),
    }),
  ),
};

interface NewToken {
  requestId: string | null;
  id: string;
  kind: 'bearer' | 'client';
  expiresInDays: number | undefined;
  show: (made: { id: string; secret: string; baseUrl: string }) => object;
}

async function create(
  context: Context,
  caller: Caller,
  { requestId, id, kind, expiresInDays, show }: NewToken,
): Promise<Answer> {
  const { ledger, logger, scimUrl } = context;
  const { tenant, apiKey } = caller;
  const found = await findConnection(ledger, tenant.name, id);
  if (found === null) return refuse('not_found', noSuchConnection);
  const of = { tenant: tenant.name, connectionId: found.id };
  const result = await actsOf(context, caller, { requestId }).change(
    (tx) => insertToken(tx, of, { kind, expiresAt: expiryOf(expiresInDays) }),
    (added) => (added.outcome === 'created' ? createdToken(found.id, kind, added.token.id) : null),
  );
  if (result.outcome === 'not_found') return revoked;
  if (result.outcome === 'two_live') return twoLive[kind];
  const made = result.token;
  logger.info({ connectionId: found.id, tokenId: made.id, by: apiKey.id }, 'SCIM token created');
  const listed = (await listTokens(ledger, of)).find((one) => one.id === made.id);
  if (listed === undefined) return refuse('not_found', noSuchConnection);
  return { status: 201, body: { ...toToken(listed), ...show({ ...made, baseUrl: baseUrlOf(scimUrl, found.id) }) } };
}

const createdToken = (connection: string, kind: NewToken['kind'], id: string): Act => ({
  action: kind === 'client' ? 'connection.client_created' : 'connection.token_created',
  subject: { kind: 'connection', id: connection },
  detail: { token: id },
});

const twoLive = {
  bearer: refuse(
    'two_live',
    'Two tokens of this connection are live. Revoke the one that the client no longer uses: DELETE /v1/connections/{id}/tokens/{tokenId}.',
  ),
  client: refuse(
    'two_live',
    'Two OAuth clients of this connection are live. Revoke the one that is no longer used: DELETE /v1/connections/{id}/clients/{clientId}.',
  ),
} as const;
