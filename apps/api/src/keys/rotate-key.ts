import { readApiKey, rotateApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { refuse } from '../http/answer.ts';
import { json, type Endpoint } from '../http/contract.ts';
import { noQuery, bodyRoute } from '../http/parse-request.ts';
import { isKeyId, keyExample, keyParams, keyWithSecret, noSuchKey, secretExample, toKey } from './key-schema.ts';
import { refuseScopes } from './refuse-scopes.ts';

const standardGraceHours = 24;

const body = z
  .strictObject({
    graceHours: z.int().min(0).max(720).default(standardGraceHours).meta({
      description: 'How long the former secret is still taken; 0 ends it at once',
    }),
  })
  .optional();

/** Gives a key a fresh secret. Whoever asks sees it, so theirs must have every scope that the key has. */
export const rotateKey: Endpoint = {
  contract: {
    name: 'rotateKey',
    summary: 'Give an API key a fresh secret',
    description:
      'Shown this once. The former secret is taken for `graceHours` more, so that clients can be changed one by one; the one before that is taken no longer.',
    params: keyParams,
    body: { isRequired: false, content: json(body, { graceHours: standardGraceHours }) },
    answers: {
      200: {
        description: 'The key with its fresh secret, in clear',
        content: json(keyWithSecret, { ...keyExample, formerUntil: '2026-03-02T08:00:00.000Z', key: secretExample }),
      },
    },
    refusals: ['not_found', 'scopes_exceeded', 'key_revoked'],
  },
  handler: bodyRoute({ query: noQuery, body }, async ({ ledger, logger }, caller, given) => {
    const id = given.params['id'] ?? '';
    const tenant = caller.tenant.name;
    const kept = isKeyId(id) ? await readApiKey(ledger, tenant, id) : null;
    if (kept === null) return refuse('not_found', noSuchKey);
    const refusal = refuseScopes(caller, kept.scopes);
    if (refusal !== null) return refusal;
    const { graceHours = standardGraceHours } = given.body ?? {};
    const rotated = await rotateApiKey(ledger, { tenant, id, graceHours });
    if (rotated === null) return refuse('key_revoked', 'It opens nothing any more. Make a new one.');
    logger.info({ keyId: id, by: caller.apiKey.id, graceHours }, 'an API key was rotated');
    return { status: 200, body: { ...toKey(rotated), key: rotated.key } };
  }),
};
