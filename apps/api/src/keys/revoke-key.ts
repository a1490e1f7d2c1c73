import { revokeApiKey } from '@keycourier/ledger/api-keys/api-keys';

import { refuse } from '../http/answer.ts';
import type { Endpoint } from '../http/contract.ts';
import { noBody, noQuery, bodyRoute } from '../http/parse-request.ts';
import { isKeyId, keyParams, noSuchKey } from './key-schema.ts';

/** Revokes a key at once, its former secret with it. */
export const revokeKey: Endpoint = {
  contract: {
    name: 'revokeKey',
    summary: 'Revoke an API key',
    description: 'At once, and for good; once more changes nothing. A key may revoke itself.',
    params: keyParams,
    answers: { 204: { description: 'It opens nothing any more' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async ({ ledger, logger }, { tenant, apiKey }, given) => {
    const id = given.params['id'] ?? '';
    const isRevoked = isKeyId(id) && (await revokeApiKey(ledger, tenant.name, id));
    if (!isRevoked) return refuse('not_found', noSuchKey);
    logger.info({ keyId: id, by: apiKey.id }, 'an API key was revoked');
    return { status: 204, body: undefined };
  }),
};
