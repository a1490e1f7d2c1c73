import { randomBytes } from 'node:crypto';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { refusals } from '../refusals.ts';
import { hashPassword, isPasswordHash } from './password.ts';

export const operatorName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a user name is 1 to 64 of a-z, 0-9, ".", "_", "@" and "-"');

/** Each includes those before it. */
export const operatorRoles = ['viewer', 'operator', 'admin'] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** All tenants, also those that are added later. */
export const allTenants = '*';

const operatorRow = z.strictObject({
  user: operatorName,
  /** The program that created this entry: one from `npm start` is accepted in local mode only. */
  madeBy: z.string().optional(),
  passwordHash: z.string().refine(isPasswordHash, 'is not scrypt$N$r$p$salt$hash'),
  role: z.enum(operatorRoles).default('admin'),
  tenants: z
    .array(z.string().regex(/^(\*|[a-z0-9][a-z0-9-]{0,62})$/, 'is not the name of a tenant, or * for all'))
    .min(1, 'at least one tenant is required; leave it out for all')
    .default([allTenants]),
  /** The person's login at Okta: an operator has no PIN of their own sent. */
  login: z.string().trim().min(1).max(100).optional(),
  /** For the day on which Okta cannot sign operators in: its use raises an alarm. */
  breakGlass: z.boolean().default(false),
});

export type OperatorRow = z.output<typeof operatorRow>;

const operatorsFile = z
  .array(operatorRow)
  .min(1, 'at least one operator is required')
  .refine((rows) => new Set(rows.map(({ user }) => user)).size === rows.length, 'a user name occurs twice');

/**
 * Parses the operators' file: `[{ user, passwordHash, role?, tenants?, login?, breakGlass? }]`.
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

/**
 * In production operators sign in with Okta, and the accounts of the file are for emergencies.
 * @throws ProcessError `bad_config`, naming the accounts that are not
 */
export function refuseOrdinaryAccounts(
  rows: readonly OperatorRow[],
  { path, mode = 'production' }: { path: string; mode: string | undefined },
): void {
  const ordinary = rows.filter(({ breakGlass }) => !breakGlass).map(({ user }) => user);
  if (mode === 'production' && ordinary.length > 0)
    throw new ProcessError('bad_config', `${path} ${refusals.localAccounts(ordinary.join(', '))}`);
}

const problemsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => [z.core.toDotPath(path), message].filter(Boolean).join(': ')).join('; ');

export const writeOperatorRows = (rows: readonly z.input<typeof operatorRow>[]): string =>
  `${JSON.stringify(rows, null, 2)}\n`;

/** An operator with a password of 120 random bits, which is returned in clear this once. */
export async function makeOperator(
  user: string,
): Promise<{ row: Pick<OperatorRow, 'user' | 'passwordHash'>; password: string }> {
  const password = randomBytes(15).toString('base64url');
  return { row: { user, passwordHash: await hashPassword(password) }, password };
}
