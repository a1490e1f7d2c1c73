import type { SignInConfig } from '@keycourier/config/console';

import { operatorFrom } from '../sign-in/okta-roles.ts';
import { roleIn, type Role } from '../sign-in/operator.ts';

/** What a group does in a tenant. */
export interface ExplainedGroup {
  name: string;
  /** Null: no rule has exactly this name. */
  role: Role | null;
  /** The name of a rule that it differs from in letter case or spaces alone. */
  almost: string | null;
}

export interface ExplainedRoles {
  /** The highest; null: the tenant does not exist for this login. */
  role: Role | null;
  /** It has a role in some tenant: else the sign-in is refused. */
  isAdmitted: boolean;
  groups: readonly ExplainedGroup[];
}

/** Which role a login with these groups has in a tenant, by the same rule as a sign-in. Rules of other tenants are left out. */
export function explainRoles(
  config: SignInConfig,
  { tenant, groups }: { tenant: string; groups: readonly string[] },
): ExplainedRoles {
  const operator = operatorFrom({ id: 'drill', login: 'drill', groups }, config);
  const rules = rulesIn(config, tenant);
  return {
    role: operator === null ? null : roleIn(operator, tenant),
    isAdmitted: operator !== null,
    groups: groups.map((name) => {
      const alone = operatorFrom({ id: 'drill', login: 'drill', groups: [name] }, config);
      const role = alone === null ? null : roleIn(alone, tenant);
      const almost = role === null ? (rules.find((rule) => plain(rule.name) === plain(name))?.name ?? null) : null;
      return { name, role, almost };
    }),
  };
}

/** The rules that give a role in the tenant. */
export const rulesIn = ({ groups }: SignInConfig, tenant: string): SignInConfig['groups'] =>
  groups.filter((rule) => rule.tenant === undefined || rule.tenant === tenant);

const plain = (name: string): string => name.toLowerCase().replace(/\s+/g, ' ').trim();
