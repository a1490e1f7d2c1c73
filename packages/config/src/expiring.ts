import { endOfOktaToken, type Expiring } from '@keycourier/journey/model/expiring';

import type { ConsoleConfig } from './console.ts';
import type { TenantConfig } from './tenant.ts';

/** A date is the last day: the secret works until that day is over, by UTC. */
const endOf = (lastDay: string): Date => new Date(Date.parse(lastDay) + 86_400_000);

const dated = (secret: Pick<Expiring, 'kind' | 'id'>, lastDay: string | undefined): readonly Expiring[] =>
  lastDay === undefined ? [] : [{ ...secret, name: secret.id, expiresAt: endOf(lastDay), isReplaced: false }];

/** What keycourier.yaml knows to end of a tenant. `oktaUsedAt` is when Okta last accepted its credentials, as far as is recorded. */
export function expiringOf(
  { okta, hub, fulfillment }: Pick<TenantConfig, 'okta' | 'hub' | 'fulfillment'>,
  oktaUsedAt: Date | null,
): readonly Expiring[] {
  return [
    ...dated({ kind: 'provider_token', id: 'fulfillment.token' }, fulfillment.tokenExpires),
    ...ofOrg('okta', okta.auth, oktaUsedAt),
    ...(hub === undefined ? [] : ofOrg('hub', hub.auth, null)),
  ];
}

function ofOrg(org: 'okta' | 'hub', auth: TenantConfig['okta']['auth'], lastUsedAt: Date | null): readonly Expiring[] {
  if (!('token' in auth)) return dated({ kind: `${org}_key`, id: `${org}.auth.privateKey` }, auth.keyExpires);
  const id = `${org}.auth.token`;
  return [{ kind: `${org}_token`, id, name: id, expiresAt: endOfOktaToken(lastUsedAt), isReplaced: false }];
}

/** What keycourier.yaml knows to end of the console, which is of no tenant. */
export const expiringOfConsole = (console: ConsoleConfig | undefined): readonly Expiring[] =>
  dated({ kind: 'console_secret', id: 'console.signIn.clientSecret' }, console?.signIn?.clientSecretExpires);
