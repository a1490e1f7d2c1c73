import { json } from '@keycourier/http/contract';
import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { listApiKeys } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { key, keyExample, toKey } from './key-schema.ts';

const keys = z.strictObject({ items: z.array(key) });

/** The keys' secrets are not included. */
export const listKeys: Endpoint = {
  contract: {
    name: 'listKeys',
    summary: 'List API keys',
    description: 'Newest first, including revoked keys: the history of shipments refers to keys by `id`.',
    answers: { 200: { description: 'All keys of the tenant', content: json(keys, { items: [keyExample] }) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const items = await listApiKeys(ledger, tenant.name);
    return { status: 200, body: { items: items.map(toKey) } };
  }),
};
