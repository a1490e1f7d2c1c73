import { createHash } from 'node:crypto';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { isPasswordHash, verifyPassword } from './password.ts';

const userName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a user name is 1 to 64 of a-z, 0-9, ".", "_", "@" and "-"');

const operatorsFile = z
  .array(
    z.strictObject({
      user: userName,
      /** The program that created this entry: one from `npm start` is accepted in local mode only. */
      madeBy: z.string().optional(),
      passwordHash: z.string().refine(isPasswordHash, 'is not scrypt$N$r$p$salt$hash'),
    }),
  )
  .min(1, 'at least one operator is required')
  .refine((rows) => new Set(rows.map(({ user }) => user)).size === rows.length, 'a user name occurs twice');

export interface Operator {
  user: string;
  /** Changes with the password, so that sessions from before the change end. */
  generation: string;
}

export interface Operators {
  /** The operator; null for a wrong password or an unknown user, after the same work. */
  authenticate: (user: string, password: string) => Promise<Operator | null>;
  /** Whether a session's operator still exists, with the same password. */
  isCurrent: (operator: Operator) => boolean;
}

/**
 * Parses the operators' file: `[{ user, passwordHash }]`.
 * @throws ProcessError `bad_config`, with the path and never a hash
 */
export function parseOperators(text: string): Operators {
  const rows = parseRows(text);
  const hashes = new Map(rows.map(({ user, passwordHash }) => [user, passwordHash]));
  const [first] = hashes.values();
  return {
    async authenticate(name, password) {
      const user = name.trim().toLowerCase();
      const hash = hashes.get(user);
      // For an unknown user, another user's hash is checked and the result dropped, so that both cases take equally long.
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
    throw new ProcessError('bad_config', `The operators file is invalid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const generationOf = (hash: string): string => createHash('sha256').update(hash).digest('base64url').slice(0, 16);
