import { noBody, noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { revokeApiKey } from '@keycourier/ledger/api-keys/api-keys';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isKeyId, keyParams, noSuchKey } from './key-schema.ts';

/** Revokes a key immediately, including its former secret. */
export const revokeKey: Endpoint = {
  contract: {
    name: 'revokeKey',
    summary: 'Revoke an API key',
    description: 'Immediate and permanent. Revoking again has no effect. A key may revoke itself.',
    params: keyParams,
    answers: { 204: { description: 'The key is revoked' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async ({ ledger, logger }, { tenant, apiKey }, { params }) => {
    const id = params['id'] ?? '';
    const isRevoked = isKeyId(id) && (await revokeApiKey(ledger, tenant.name, id));
    if (!isRevoked) return refuse('not_found', noSuchKey);
    logger.info({ keyId: id, by: apiKey.id }, 'API key revoked');
    return { status: 204, body: undefined };
  }),
};
