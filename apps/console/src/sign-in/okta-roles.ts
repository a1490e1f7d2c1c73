import { createHash } from 'node:crypto';

import { grantsOf, type SignInConfig } from '@keycourier/config/console';

import { operatorSchema, type Operator } from './operator.ts';

/** What Okta says of who signed in. */
export interface Identity {
  /** The user's id at Okta. */
  id: string;
  login: string;
  groups: readonly string[];
}

/** The operator with the roles that the groups have by their exact names; null where none of them has a role. */
export function operatorFrom({ id, login, groups }: Identity, config: SignInConfig): Operator | null {
  const grants = grantsOf(config, groups);
  if (grants.length === 0) return null;
  return operatorSchema.parse({
    user: login,
    source: 'okta',
    generation: generationOf(config),
    oktaUserId: id,
    login,
    grants,
  });
}

/** Changes with the issuer, the app and the roles of groups: sessions from before such a change end. */
export const generationOf = ({ issuer, clientId, groups }: SignInConfig): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, clientId, groups]))
    .digest('base64url')
    .slice(0, 16);
