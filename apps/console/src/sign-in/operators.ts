import { createHash } from 'node:crypto';

import { parseOperatorRows } from '@keycourier/config/key-files/operators';
import { verifyPassword } from '@keycourier/config/key-files/password';

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
  const rows = parseOperatorRows(text);
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

const generationOf = (hash: string): string => createHash('sha256').update(hash).digest('base64url').slice(0, 16);
