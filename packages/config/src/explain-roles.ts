import { grantsOf, highestRole, type SignInConfig } from './console.ts';
import type { OperatorRole } from './key-files/operators.ts';

/** What a group does in a tenant. */
export interface ExplainedGroup {
  name: string;
  /** Null: no rule has exactly this name. */
  role: OperatorRole | null;
  /** The name of a rule that it differs from in letter case or spaces alone. */
  almost: string | null;
}

export interface ExplainedRoles {
  /** The highest; null: the tenant does not exist for this login. */
  role: OperatorRole | null;
  /** It has a role in some tenant: else the sign-in is refused. */
  isAdmitted: boolean;
  groups: readonly ExplainedGroup[];
}

/** Which role a login with these groups has in a tenant, by the same rule as a sign-in. Rules of other tenants are left out. */
export function explainRoles(
  config: SignInConfig,
  { tenant, groups }: { tenant: string; groups: readonly string[] },
): ExplainedRoles {
  const grants = grantsOf(config, groups);
  const rules = rulesIn(config, tenant);
  return {
    role: highestRole(grants, tenant),
    isAdmitted: grants.length > 0,
    groups: groups.map((name) => {
      const role = highestRole(grantsOf(config, [name]), tenant);
      const almost = role === null ? (rules.find((rule) => plain(rule.name) === plain(name))?.name ?? null) : null;
      return { name, role, almost };
    }),
  };
}

/** The rules that give a role in the tenant. */
export const rulesIn = ({ groups }: SignInConfig, tenant: string): SignInConfig['groups'] =>
  groups.filter((rule) => rule.tenant === undefined || rule.tenant === tenant);

/** What the roles are: a sentence for the answer, and one for a group. */
export function describeRoles(
  tenant: string,
  { role, isAdmitted }: Pick<ExplainedRoles, 'role' | 'isAdmitted'>,
): string {
  if (role !== null) return `This login would be ${role} in ${tenant}: the highest role of its groups counts.`;
  return isAdmitted
    ? `This login could sign in, but ${tenant} would not exist for it.`
    : 'This sign-in would be refused: none of the groups has a role.';
}

export function describeGroup(tenant: string, { role, almost }: ExplainedGroup): string {
  if (role !== null) return 'a rule has exactly this name';
  return almost === null
    ? `no rule of ${tenant} has this name`
    : `names are compared exactly, and the rule’s is “${almost}”`;
}

const plain = (name: string): string => name.toLowerCase().replace(/\s+/g, ' ').trim();
