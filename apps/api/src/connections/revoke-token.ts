import type { Answer } from '@keycourier/http/answer';
import { bodyRoute, noBody, noQuery } from '@keycourier/http/parse-request';
import { listTokens, revokeToken as endToken } from '@keycourier/ledger/directory/connections/tokens';
import { z } from 'zod';

import { actsOf, type Act } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { tokenExample } from './connection-examples.ts';
import { connectionParams, findConnection, noSuchConnection } from './read-details.ts';

export const revokeToken: Endpoint = {
  contract: {
    name: 'revokeConnectionToken',
    summary: 'Revoke a token of a connection',
    description:
      'Immediate and permanent. Revoking the last live token is allowed: the client is refused until it has another one.',
    params: connectionParams.extend({
      tokenId: z.string().meta({ description: 'The id of a token', example: tokenExample.id }),
    }),
    answers: { 204: { description: 'The token is revoked' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, (context, caller, { params, requestId }) =>
    revoke(context, caller, { requestId, id: params['id'] ?? '', tokenId: params['tokenId'] ?? '', kind: 'bearer' }),
  ),
};

export const revokeClient: Endpoint = {
  contract: {
    name: 'revokeConnectionClient',
    summary: 'Revoke an OAuth client of a connection',
    description: 'Immediate and permanent, and with it all of its access tokens.',
    params: connectionParams.extend({
      clientId: z.string().meta({ description: 'The id of an OAuth client', example: tokenExample.id }),
    }),
    answers: { 204: { description: 'The OAuth client is revoked' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, (context, caller, { params, requestId }) =>
    revoke(context, caller, { requestId, id: params['id'] ?? '', tokenId: params['clientId'] ?? '', kind: 'client' }),
  ),
};

interface TokenToRevoke {
  requestId: string | null;
  id: string;
  tokenId: string;
  kind: 'bearer' | 'client';
}

async function revoke(
  context: Context,
  caller: Caller,
  { requestId, id, tokenId, kind }: TokenToRevoke,
): Promise<Answer> {
  const { ledger, logger } = context;
  const { tenant, apiKey } = caller;
  const found = await findConnection(ledger, tenant.name, id);
  if (found === null) return refuse('not_found', noSuchConnection);
  const of = { tenant: tenant.name, connectionId: found.id };
  const token = (await listTokens(ledger, of)).find((one) => one.id === tokenId && one.kind === kind);
  const action = kind === 'client' ? 'connection.client_revoked' : 'connection.token_revoked';
  const act: Act = { action, subject: { kind: 'connection', id: found.id }, detail: { token: tokenId } };
  const isRevoked =
    token !== undefined &&
    (await actsOf(context, caller, { requestId }).change(
      (tx) => endToken(tx, of, tokenId),
      (isEnded) => (isEnded && token.revokedAt === null ? act : null),
    ));
  if (!isRevoked)
    return refuse('not_found', 'The connection has nothing with this id. GET /v1/connections/{id} lists its tokens.');
  logger.info({ connectionId: found.id, tokenId, by: apiKey.id }, 'SCIM token revoked');
  return { status: 204, body: undefined };
}
