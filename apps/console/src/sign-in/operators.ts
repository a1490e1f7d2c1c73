import { createHash } from 'node:crypto';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { isPasswordHash, verifyPassword } from './password.ts';

const userName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a user is 1 to 64 of a-z, 0-9, ".", "_", "@" and "-"');

const operatorsFile = z
  .array(
    z.strictObject({
      user: userName,
      /** Who made this entry, where no person did: what `npm start` makes is good for nothing else. */
      madeBy: z.string().optional(),
      passwordHash: z.string().refine(isPasswordHash, 'is not scrypt$N$r$p$salt$hash'),
    }),
  )
  .min(1, 'name one operator at least')
  .refine((rows) => new Set(rows.map(({ user }) => user)).size === rows.length, 'a user is there twice');

export interface Operator {
  user: string;
  /** Another one when the password is another one: sessions that were signed in with the old one end. */
  generation: string;
}

export interface Operators {
  /** The operator, or null for a wrong password and an unknown user alike, after the same work. */
  authenticate: (user: string, password: string) => Promise<Operator | null>;
  /** Whether a session's operator is still one, with the password it was signed in with. */
  isCurrent: (operator: Operator) => boolean;
}

/**
 * Parses the operators' file: `[{ user, passwordHash }]`.
 * @throws ProcessError `bad_config`, naming the place and never a hash
 */
export function parseOperators(text: string): Operators {
  const rows = parseRows(text);
  const hashes = new Map(rows.map(({ user, passwordHash }) => [user, passwordHash]));
  const [first] = hashes.values();
  return {
    async authenticate(given, password) {
      const user = given.trim().toLowerCase();
      const hash = hashes.get(user);
      // Somebody else's hash stands in for an unknown user's: the same work, and the answer is dropped.
      const matches = await verifyPassword(password, hash ?? first ?? '');
      return hash !== undefined && matches ? { user, generation: generationOf(hash) } : null;
    },
    isCurrent({ user, generation }) {
      const hash = hashes.get(user);
      return hash !== undefined && generationOf(hash) === generation;
    },
  };
}

function parseRows(text: string): z.infer<typeof operatorsFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProcessError('bad_config', 'The operators file is not JSON');
  }
  const parsed = operatorsFile.safeParse(json);
  if (!parsed.success)
    throw new ProcessError('bad_config', `The operators file is not usable:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const generationOf = (hash: string): string => createHash('sha256').update(hash).digest('base64url').slice(0, 16);
