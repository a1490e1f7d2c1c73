import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { createApiKey, readApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { keyFields } from './key-fields.ts';
import { keyExample, keyWithSecret, secretExample, toKey } from './key-schema.ts';
import { limitsOfNewKey, refuseScopes, type KeyLimits } from './refuse-scopes.ts';

const body = z.strictObject({
  ...keyFields,
  owner: keyFields.owner.optional().meta({
    description:
      'The login at Okta of the person who answers for the key: where two people are needed, this key is this person. Absent: the owner of the key that makes it',
  }),
});

const newKeyExample = {
  name: 'onboarding portal',
  owner: keyExample.owner ?? '',
  scopes: ['read' as const, 'write' as const],
};

/** The new key belongs to the caller's tenant and can do nothing that the caller's key cannot. */
export const createKey: Endpoint = {
  contract: {
    name: 'createKey',
    summary: 'Create an API key',
    description:
      'The key is returned only once; we store its hash. A key can grant only scopes that it has itself, and neither more requests a minute nor a later end than its own. If the response does not reach you, find the key with `GET /v1/keys`, revoke it and create another.',
    body: { isRequired: true, content: json(body, newKeyExample) },
    answers: {
      201: {
        description: 'The key in clear text',
        content: json(keyWithSecret, { ...keyExample, key: secretExample }),
      },
    },
    refusals: ['owner_needed', 'scopes_exceeded', 'limits_exceeded'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { name, scopes, requestsPerMinute = null, expiresInDays } = request.body;
    const refusal = refuseScopes(caller, scopes);
    if (refusal !== null) return refusal;
    const owner = request.body.owner ?? (await readApiKey(context.ledger, caller.tenant.name, caller.apiKey.id))?.owner;
    if (owner === undefined || owner === null) return refuse('owner_needed', ownerNeeded);
    const expiresAt = expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * dayMs);
    const granted = limitsOfNewKey(caller, { requestsPerMinute, expiresAt });
    if (granted.outcome === 'refused') return granted.answer;
    const createdBy = caller.apiKey.id;
    const created = await actsOf(context, caller, request).change(
      (ledger) =>
        createApiKey(ledger, {
          tenant: caller.tenant.name,
          name,
          owner,
          scopes,
          createdBy,
          ...present(granted.limits),
        }),
      ({ id }) => ({ action: 'key.created', subject: { kind: 'key', id }, detail: { scopes: scopes.join(' ') } }),
    );
    context.logger.info({ keyId: created.id, by: createdBy }, 'API key created');
    const news = { lastUsedAt: null, revokedAt: null, formerUntil: null };
    const listed = toKey({ ...created, name, owner, scopes, createdBy, ...granted.limits, ...news });
    return { status: 201, body: { ...listed, key: created.key } };
  }),
};

const ownerNeeded =
  'Name the `owner`: the login at Okta of the person who answers for the key. The key that makes it has none to take over.';

const dayMs = 24 * 3_600_000;

const present = ({ requestsPerMinute, expiresAt }: KeyLimits): { requestsPerMinute?: number; expiresAt?: Date } => ({
  ...(requestsPerMinute === null ? {} : { requestsPerMinute }),
  ...(expiresAt === null ? {} : { expiresAt }),
});
