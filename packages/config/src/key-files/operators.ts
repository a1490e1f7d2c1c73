import { randomBytes } from 'node:crypto';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { hashPassword, isPasswordHash } from './password.ts';

export const operatorName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a user name is 1 to 64 of a-z, 0-9, ".", "_", "@" and "-"');

const operatorRow = z.strictObject({
  user: operatorName,
  /** The program that created this entry: one from `npm start` is accepted in local mode only. */
  madeBy: z.string().optional(),
  passwordHash: z.string().refine(isPasswordHash, 'is not scrypt$N$r$p$salt$hash'),
});

export type OperatorRow = z.output<typeof operatorRow>;

const operatorsFile = z
  .array(operatorRow)
  .min(1, 'at least one operator is required')
  .refine((rows) => new Set(rows.map(({ user }) => user)).size === rows.length, 'a user name occurs twice');

/**
 * Parses the operators' file: `[{ user, passwordHash }]`.
 * @throws ProcessError `bad_config`, never with a hash
 */
export function parseOperatorRows(text: string): readonly OperatorRow[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProcessError('bad_config', 'The operators file is not JSON');
  }
  const parsed = operatorsFile.safeParse(json);
  if (!parsed.success)
    throw new ProcessError('bad_config', `The operators file is invalid: ${problemsOf(parsed.error)}`);
  return parsed.data;
}

const problemsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [z.core.toDotPath(path), message].filter(Boolean).join(': ')).join('; ');

export const writeOperatorRows = (rows: readonly OperatorRow[]): string => `${JSON.stringify(rows, null, 2)}\n`;

/** An operator with a password of 120 random bits, which is returned in clear this once. */
export async function makeOperator(user: string): Promise<{ row: OperatorRow; password: string }> {
  const password = randomBytes(15).toString('base64url');
  return { row: { user, passwordHash: await hashPassword(password) }, password };
}
