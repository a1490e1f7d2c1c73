import { scopes, type ListedKey } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

const time = z.iso.datetime();

const granted = z.enum(scopes);

const members = {
  id: z.string(),
  name: z.string(),
  scopes: z.array(granted),
  requestsPerMinute: z.int().nullable().meta({ description: 'The limit of this key; null is the default' }),
  createdAt: time,
  createdBy: z
    .string()
    .nullable()
    .meta({ description: 'The id of the key that made it; null: made on the command line' }),
  owner: z.string().nullable().meta({
    description: 'The login at Okta of the person who answers for it; null: not known, see `PATCH /v1/keys/{id}`',
  }),
  expiresAt: time.nullable().meta({ description: 'When it stops working by itself; null: never' }),
  lastUsedAt: time.nullable().meta({ description: 'To the minute; null: never' }),
  revokedAt: time.nullable(),
  formerUntil: time.nullable().meta({ description: 'When the secret from before the last rotation stops working' }),
};

export const key = z.strictObject(members).meta({ id: 'ApiKey' });

export const keyWithSecret = z
  .strictObject({
    ...members,
    key: z.string().meta({ description: 'The key in clear text, returned only once and never stored' }),
  })
  .meta({ id: 'ApiKeyWithSecret' });

export const keyExample: z.output<typeof key> = {
  id: 'key_01kab3v6d2m8zq4w0xrt5y7n9c',
  name: 'onboarding portal',
  scopes: ['read', 'write'],
  requestsPerMinute: null,
  createdAt: '2026-03-01T08:00:00.000Z',
  createdBy: null,
  owner: 'grace@acme.example',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  formerUntil: null,
};

export const secretExample = 'kc_dGhpcy1pcy1ub3QtYS1rZXktYnV0LWxvb2tzLWxpa2U';

export const keyParams = z.object({
  id: z.string().meta({ description: 'The id of an API key', example: keyExample.id }),
});

const keyIdPattern = /^key_[0-9a-z]{26}$/;
export const isKeyId = (text: string): boolean => keyIdPattern.test(text);

export const noSuchKey = 'There is no API key with this id. GET /v1/keys lists them.';

export const toKey = ({
  scopes: ownScopes,
  createdAt,
  expiresAt,
  lastUsedAt,
  revokedAt,
  formerUntil,
  ...rest
}: ListedKey): z.output<typeof key> => ({
  id: rest.id,
  name: rest.name,
  scopes: [...ownScopes],
  requestsPerMinute: rest.requestsPerMinute,
  createdAt: createdAt.toISOString(),
  createdBy: rest.createdBy,
  owner: rest.owner,
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  revokedAt: revokedAt?.toISOString() ?? null,
  formerUntil: formerUntil?.toISOString() ?? null,
});
