import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { scopes } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { keyExample } from '../keys/key-schema.ts';

const caller = z
  .strictObject({
    tenant: z.string().meta({ description: 'The tenant whose data the key reaches' }),
    apiKey: z.strictObject({
      id: z.string(),
      name: z.string(),
      scopes: z.array(z.enum(scopes)).meta({ description: 'What it may do; none includes another' }),
      requestsPerMinute: z.int().nullable().meta({ description: 'The limit of this key; null is the default' }),
      expiresAt: z.iso.datetime().nullable().meta({ description: 'When it stops working by itself; null: never' }),
    }),
    mode: z
      .enum(['local', 'simulators', 'production'])
      .meta({ description: '`local` and `simulators` order no real keys and send no real mail' }),
  })
  .meta({ id: 'Caller' });

const example: z.input<typeof caller> = {
  tenant: 'acme',
  apiKey: {
    id: keyExample.id,
    name: keyExample.name,
    scopes: keyExample.scopes,
    requestsPerMinute: keyExample.requestsPerMinute,
    expiresAt: keyExample.expiresAt,
  },
  mode: 'production',
};

/** Whose key it is and what it may do: asked before a request that might be refused. */
export const showCaller: Endpoint = {
  contract: {
    name: 'showCaller',
    summary: 'Show the API key in use',
    description: 'The tenant and the scopes of the API key that the request was made with.',
    answers: { 200: { description: 'The API key in use', content: json(caller, example) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ mode }, { tenant, apiKey }) => ({
    status: 200,
    body: {
      tenant: tenant.name,
      apiKey: {
        id: apiKey.id,
        name: apiKey.name,
        scopes: [...apiKey.scopes],
        requestsPerMinute: apiKey.requestsPerMinute,
        expiresAt: apiKey.expiresAt?.toISOString() ?? null,
      },
      mode,
    },
  })),
};
