import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { readApiKey, rotateApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isKeyId, keyExample, keyParams, keyWithSecret, noSuchKey, secretExample, toKey } from './key-schema.ts';
import { refuseScopes } from './refuse-scopes.ts';

const defaultGraceHours = 24;

const body = z
  .strictObject({
    graceHours: z.int().min(0).max(720).default(defaultGraceHours).meta({
      description: 'How long the former secret still works; 0 disables it immediately',
    }),
  })
  .optional();

/** The caller sees the new secret, so the caller's key must have every scope of the rotated key. */
export const rotateKey: Endpoint = {
  contract: {
    name: 'rotateKey',
    summary: 'Rotate an API key',
    description:
      'Replaces the secret of a key and returns the new one, only once. The former secret works for another `graceHours`, so that clients can be updated one by one; any older secret stops working.',
    params: keyParams,
    body: { isRequired: false, content: json(body, { graceHours: defaultGraceHours }) },
    answers: {
      200: {
        description: 'The key with its new secret in clear text',
        content: json(keyWithSecret, { ...keyExample, formerUntil: '2026-03-02T08:00:00.000Z', key: secretExample }),
      },
    },
    refusals: ['not_found', 'scopes_exceeded', 'key_revoked'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const id = request.params['id'] ?? '';
    const tenant = caller.tenant.name;
    const current = isKeyId(id) ? await readApiKey(ledger, tenant, id) : null;
    if (current === null) return refuse('not_found', noSuchKey);
    const refusal = refuseScopes(caller, current.scopes);
    if (refusal !== null) return refusal;
    const { graceHours = defaultGraceHours } = request.body ?? {};
    const rotated = await actsOf(context, caller, request).change(
      (tx) => rotateApiKey(tx, { tenant, id, graceHours }),
      (made) =>
        made === null ? null : { action: 'key.rotated', subject: { kind: 'key', id }, detail: { graceHours } },
    );
    if (rotated === null) return refuse('key_revoked', 'This API key is revoked. Create a new one.');
    logger.info({ keyId: id, by: caller.apiKey.id, graceHours }, 'API key rotated');
    return { status: 200, body: { ...toKey(rotated), key: rotated.key } };
  }),
};
