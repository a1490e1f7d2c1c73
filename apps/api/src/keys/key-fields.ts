import { scopes } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

/** One line of text. */
const line = /^[^\s\p{C}](?:[^\p{C}]{0,98}[^\s\p{C}])?$/u;

/** The fields of a new key, in the API and on the command line. */
export const keyFields = {
  name: z.string().regex(line),
  owner: z.string().regex(line).meta({
    description:
      'The login at Okta of the person who answers for the key: where two people are needed, this key is this person',
  }),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .max(scopes.length)
    .transform((names) => [...new Set(names)]),
  requestsPerMinute: z.int().min(1).max(1_000_000).optional(),
  expiresInDays: z.int().min(1).max(3_650).optional().meta({
    description: 'The key stops working after this time; absent: never, or with the key that makes it',
  }),
};
