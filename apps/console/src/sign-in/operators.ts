import { createHash } from 'node:crypto';

import { parseOperatorRows, type OperatorRow } from '@keycourier/config/key-files/operators';
import { verifyPassword } from '@keycourier/config/key-files/password';

import { operatorSchema, type Operator } from './operator.ts';

/** The accounts of the operators' file. */
export interface Operators {
  /** The account of this name, without a password. No answer reveals whether there is one. */
  find: (user: string) => Operator | null;
  /** The operator; null for a wrong password or an unknown user, after the same work. */
  authenticate: (user: string, password: string) => Promise<Operator | null>;
  /** The operator of a session as the file has them now; null if they are gone, or have another password. */
  current: (operator: Operator) => Operator | null;
  /** Whether there are any, and whether all of them are break-glass accounts. */
  accounts: 'none' | 'break_glass' | 'ordinary';
}

/** Where operators sign in with Okta alone. */
export const noOperators: Operators = {
  find: () => null,
  authenticate: async () => null,
  current: () => null,
  accounts: 'none',
};

/**
 * Parses the operators' file: `[{ user, passwordHash, role?, tenants?, login?, breakGlass? }]`.
 * @throws ProcessError `bad_config`, with the path and never a hash
 */
export function parseOperators(text: string): Operators {
  const rows = new Map(parseOperatorRows(text).map((row) => [row.user, row]));
  const [first] = rows.values();
  const rowOf = (name: string): OperatorRow | undefined => rows.get(name.trim().toLowerCase());
  return {
    accounts: [...rows.values()].every(({ breakGlass }) => breakGlass) ? 'break_glass' : 'ordinary',
    find(name) {
      const row = rowOf(name);
      return row === undefined ? null : toOperator(row);
    },
    async authenticate(name, password) {
      const row = rowOf(name);
      // For an unknown user, another user's hash is checked and the result dropped, so that both cases take equally long.
      const matches = await verifyPassword(password, (row ?? first)?.passwordHash ?? '');
      return row !== undefined && matches ? toOperator(row) : null;
    },
    current(operator) {
      const row = rows.get(operator.user);
      if (row === undefined || !isLocal(operator)) return null;
      const now = toOperator(row);
      return now.generation === operator.generation ? now : null;
    },
  };
}

export const isLocal = ({ source }: Operator): boolean => source === 'local' || source === 'break_glass';

const toOperator = ({ user, passwordHash, role, tenants, login, breakGlass }: OperatorRow): Operator =>
  operatorSchema.parse({
    user,
    source: breakGlass ? 'break_glass' : 'local',
    generation: createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16),
    oktaUserId: null,
    login: login ?? null,
    grants: tenants.map((tenant) => ({ tenant, role })),
  });
