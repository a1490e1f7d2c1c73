import { highestRole } from '@keycourier/config/console';
import { allTenants, operatorRoles, type OperatorRole } from '@keycourier/config/key-files/operators';
import type { Response } from 'express';
import { z } from 'zod';

/** Each includes those before it. */
export const roles = operatorRoles;
export type Role = OperatorRole;

const grantSchema = z.strictObject({
  /** The tenant's name; `*` for all. */
  tenant: z.string(),
  role: z.enum(roles),
});

/** A role in one tenant, or in all of them. */
export type Grant = z.output<typeof grantSchema>;

/** Who is signed in, and what they may do where. */
export const operatorSchema = z.strictObject({
  /** The login at Okta, or the name in the operators' file. */
  user: z.string(),
  source: z.enum(['local', 'okta', 'break_glass']),
  /** Changes with the password, or with what maps groups to roles: sessions of an earlier one end. */
  generation: z.string(),
  oktaUserId: z.string().nullable(),
  /** At Okta; null for an account of the operators' file that names none. */
  login: z.string().nullable(),
  grants: z.array(grantSchema).readonly(),
});

export type Operator = z.output<typeof operatorSchema>;

export const includesRole = (role: Role | null, needed: Role): boolean =>
  role !== null && roles.indexOf(role) >= roles.indexOf(needed);

/** The highest role that the operator has in the tenant; null where the tenant does not exist for them. */
export const roleIn = ({ grants }: Pick<Operator, 'grants'>, tenant: string): Role | null =>
  highestRole(grants, tenant);

/** The role that the operator has in every tenant, also in one that is added later. */
export const roleInAll = (operator: Pick<Operator, 'grants'>): Role | null => roleIn(operator, allTenants);

/** Of the tenants of this installation, those that exist for the operator, in the same order. */
export const tenantsOf = (operator: Pick<Operator, 'grants'>, tenants: readonly string[]): string[] =>
  tenants.filter((tenant) => roleIn(operator, tenant) !== null);

interface SignedIn {
  operator: Operator;
  /** Those that exist for the operator. */
  tenants: readonly string[];
}

const signedIn = new WeakMap<Response, SignedIn>();

/** Once, by `requireOperator`. */
export function setOperator(response: Response, found: SignedIn): void {
  signedIn.set(response, found);
}

/** Behind `requireOperator` only: everything before it has no operator. */
export function operatorOf(response: Response): Operator {
  return signedInOf(response).operator;
}

/** The tenants that exist for the operator of this request. */
export const tenantsFor = (response: Response): readonly string[] => signedInOf(response).tenants;

function signedInOf(response: Response): SignedIn {
  const found = signedIn.get(response);
  if (found === undefined) throw new TypeError('This route is not behind requireOperator');
  return found;
}
