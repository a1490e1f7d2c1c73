import { listApiKeys } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute, noQuery } from '../http/parse-request.ts';
import { key, keyExample, toKey } from './key-schema.ts';

const keys = z.strictObject({ items: z.array(key) });

/** The tenant's keys, newest first. What opens them is not shown. */
export const listKeys: Endpoint = {
  contract: {
    name: 'listKeys',
    summary: 'List API keys',
    description: 'Newest first, revoked ones with them: the history of shipments names keys by their `id`.',
    answers: { 200: { description: 'Every key of the tenant', content: json(keys, { items: [keyExample] }) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const items = await listApiKeys(ledger, tenant.name);
    return { status: 200, body: { items: items.map(toKey) } };
  }),
};
