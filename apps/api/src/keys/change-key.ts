import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { readApiKey, rotateApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { setKeyOwner } from '@keycourier/ledger/api-keys/key-owners';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { keyFields } from './key-fields.ts';
import { isKeyId, key, keyExample, keyParams, keyWithSecret, noSuchKey, secretExample, toKey } from './key-schema.ts';
import { refuseScopes } from './refuse-scopes.ts';

const defaultGraceHours = 24;

const body = z
  .strictObject({
    graceHours: z.int().min(0).max(720).default(defaultGraceHours).meta({
      description: 'How long the former secret still works; 0 disables it immediately',
    }),
  })
  .optional();

const ownerBody = z.strictObject({ owner: keyFields.owner });

/** Once: a later change would make another person of the key's earlier requests. */
export const setOwner: Endpoint = {
  contract: {
    name: 'setKeyOwner',
    summary: 'Name the owner of an API key',
    description:
      'For a key from before owners were named; it can be done once. Until then the key counts as no known person: it is no second hand, and where it requested a shipment, no one is known to be one.',
    params: keyParams,
    body: { isRequired: true, content: json(ownerBody, { owner: keyExample.owner ?? '' }) },
    answers: { 200: { description: 'The key', content: json(key, keyExample) } },
    refusals: ['not_found', 'owner_known'],
  },
  handler: bodyRoute({ query: noQuery, body: ownerBody }, async (context, caller, request) => {
    const { id = '' } = request.params;
    if (!isKeyId(id)) return refuse('not_found', noSuchKey);
    const { owner } = request.body;
    const named = await actsOf(context, caller, request).change(
      (tx) => setKeyOwner(tx, { tenant: caller.tenant.name, id, owner }),
      (made) =>
        made === null || made === 'known' ? null : { action: 'key.owner_named', subject: { kind: 'key', id } },
    );
    if (named === null) return refuse('not_found', noSuchKey);
    if (named === 'known')
      return refuse(
        'owner_known',
        'An owner is named once. Create another key for another person, and revoke this one.',
      );
    return { status: 200, body: toKey(named) };
  }),
};

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
      (tx) => rotateApiKey(tx, { tenant, id, graceHours, by: caller.apiKey.id }),
      (made) =>
        made === null ? null : { action: 'key.rotated', subject: { kind: 'key', id }, detail: { graceHours } },
    );
    if (rotated === null) return refuse('key_revoked', 'This API key is revoked. Create a new one.');
    logger.info({ keyId: id, by: caller.apiKey.id, graceHours }, 'API key rotated');
    return { status: 200, body: { ...toKey(rotated), key: rotated.key } };
  }),
};
