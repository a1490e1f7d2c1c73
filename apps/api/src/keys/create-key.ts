import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { keyFields } from './key-fields.ts';
import { keyExample, keyWithSecret, secretExample } from './key-schema.ts';
import { refuseScopes } from './refuse-scopes.ts';

const body = z.strictObject(keyFields);

/** The new key belongs to the caller's tenant and has no scope that the caller's key lacks. */
export const createKey: Endpoint = {
  contract: {
    name: 'createKey',
    summary: 'Create an API key',
    description:
      'The key is returned only once; we store its hash. A key can grant only scopes that it has itself. If the response does not reach you, find the key with `GET /v1/keys`, revoke it and create another.',
    body: { isRequired: true, content: json(body, { name: 'onboarding portal', scopes: ['read', 'write'] }) },
    answers: {
      201: {
        description: 'The key in clear text',
        content: json(keyWithSecret, { ...keyExample, key: secretExample }),
      },
    },
    refusals: ['scopes_exceeded'],
  },
  handler: bodyRoute({ query: noQuery, body }, async ({ ledger, logger }, caller, { body: fields }) => {
    const { name, scopes, requestsPerMinute } = fields;
    const refusal = refuseScopes(caller, scopes);
    if (refusal !== null) return refusal;
    const tenant = caller.tenant.name;
    const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
    const { id, key, createdAt } = await createApiKey(ledger, { tenant, name, scopes, ...limit });
    logger.info({ keyId: id, by: caller.apiKey.id }, 'API key created');
    const created: z.output<typeof keyWithSecret> = {
      id,
      name,
      scopes,
      requestsPerMinute: requestsPerMinute ?? null,
      createdAt: createdAt.toISOString(),
      revokedAt: null,
      formerUntil: null,
      key,
    };
    return { status: 201, body: created };
  }),
};
