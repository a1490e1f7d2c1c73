import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { noQuery, bodyRoute } from '../http/parse-request.ts';
import { keyFields } from './key-fields.ts';
import { keyExample, keyWithSecret, secretExample } from './key-schema.ts';
import { refuseScopes } from './refuse-scopes.ts';

const body = z.strictObject(keyFields);

/** Makes a key of the same tenant, with no more scopes than the one that asks. It is shown this once. */
export const createKey: Endpoint = {
  contract: {
    name: 'createKey',
    summary: 'Make an API key',
    description:
      'The key is shown this once; only its hash is kept. A key can give the scopes that it has itself, and no others. If the answer is lost, revoke the key that `GET /v1/keys` shows and make another.',
    body: { isRequired: true, content: json(body, { name: 'onboarding portal', scopes: ['read', 'write'] }) },
    answers: {
      201: { description: 'The key, in clear', content: json(keyWithSecret, { ...keyExample, key: secretExample }) },
    },
    refusals: ['scopes_exceeded'],
  },
  handler: bodyRoute({ query: noQuery, body }, async ({ ledger, logger }, caller, given) => {
    const { name, scopes, requestsPerMinute } = given.body;
    const refusal = refuseScopes(caller, scopes);
    if (refusal !== null) return refusal;
    const tenant = caller.tenant.name;
    const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
    const { id, key, createdAt } = await createApiKey(ledger, { tenant, name, scopes, ...limit });
    logger.info({ keyId: id, by: caller.apiKey.id }, 'an API key was made');
    const made: z.output<typeof keyWithSecret> = {
      id,
      name,
      scopes,
      requestsPerMinute: requestsPerMinute ?? null,
      createdAt: createdAt.toISOString(),
      revokedAt: null,
      formerUntil: null,
      key,
    };
    return { status: 201, body: made };
  }),
};
