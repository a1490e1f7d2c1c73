import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody } from '@keycourier/http/parse-request';
import { revokeApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flag } from '../shipments/query-fields.ts';
import { isKeyId, keyExample, keyParams, noSuchKey } from './key-schema.ts';

const query = z.strictObject({
  withItsKeys: flag.meta({ description: 'Revoke every key that it made, too, the keys that those made, and so on' }),
});

const revoked = z.strictObject({ revoked: z.array(z.string()).meta({ description: 'The ids of the revoked keys' }) });

/** Revokes a key immediately, including its former secret. */
export const revokeKey: Endpoint = {
  contract: {
    name: 'revokeKey',
    summary: 'Revoke an API key',
    description:
      'Immediate and permanent. Revoking again has no effect. A key may revoke itself. For a key that was stolen, use `withItsKeys`: its thief may have made others.',
    params: keyParams,
    query,
    answers: {
      204: { description: 'The key is revoked' },
      200: {
        description: 'What is revoked, with `withItsKeys`',
        content: json(revoked, { revoked: [keyExample.id] }),
      },
    },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query, body: noBody }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    const id = request.params['id'] ?? '';
    const { withItsKeys } = request.query;
    if (!isKeyId(id)) return refuse('not_found', noSuchKey);
    const ids = await actsOf(context, caller, request).change(
      (ledger) => revokeApiKey(ledger, { tenant: tenant.name, id, withItsKeys }),
      ({ length }) =>
        length === 0 ? null : { action: 'key.revoked', subject: { kind: 'key', id }, detail: { keys: length } },
    );
    if (ids.length === 0) return refuse('not_found', noSuchKey);
    context.logger.info({ keyIds: ids, by: apiKey.id }, 'API keys revoked');
    return withItsKeys ? { status: 200, body: { revoked: ids } } : { status: 204, body: undefined };
  }),
};
