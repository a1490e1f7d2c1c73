import { resolveSecret, type TenantConfig } from '@keycourier/config/config-file';
import { checkOktaKey } from '@keycourier/connectors/okta/client-key';
import { createSend, type SendToOkta } from '@keycourier/connectors/okta/send';
import type { OktaAuth, OktaSettings } from '@keycourier/connectors/okta/settings';
import { createGuard } from '@keycourier/connectors/resilience';

import type { Environment } from '../cli.ts';

/** An SSWS token of an administrator, for setting up alone; the worker's own credentials need not be so mighty. */
export const setupTokenVariable = 'KEYCOURIER_OKTA_SETUP_TOKEN';

export interface OrgAccess {
  tenant: string;
  config: TenantConfig;
  environment: Environment;
  timeoutMs: number;
  /** What an OAuth access token is asked for; the worker's own scopes unless told. */
  scopes?: readonly string[];
}

/** The worker's way to the org, with the worker's credentials. Reads are tried again, anything else goes once. */
export function openOrg(access: OrgAccess): SendToOkta {
  // A set of checks asks many things at once, and one of them that hangs says nothing about the others.
  const guard = createGuard('okta', { maxConcurrent: 32, breakAfter: 1_000 });
  return createSend(() => settingsOf(access), guard, Date.now)(access.tenant);
}

/**
 * Reads the credentials now: asked for while a call is prepared, one that cannot be read looks like an org that is away.
 * @throws ProcessError `bad_config`, ConnectorError `unauthorized` for a key that nobody can sign in with
 */
export async function readCredentials(access: OrgAccess): Promise<void> {
  const { auth } = settingsOf(access);
  if ('token' in auth) await auth.token();
  else await checkOktaKey(auth);
}

export function settingsOf({ config, environment, timeoutMs, scopes }: OrgAccess): OktaSettings {
  const { orgUrl, rpId, auth } = config.okta;
  return { orgUrl, rpId, timeoutMs, auth: authOf(auth, environment, scopes) };
}

function authOf(auth: TenantConfig['okta']['auth'], environment: Environment, scopes?: readonly string[]): OktaAuth {
  if ('token' in auth) return { token: () => resolveSecret(auth.token, environment) };
  const { clientId, keyId, privateKey } = auth;
  return { clientId, keyId, scopes, privateKey: () => resolveSecret(privateKey, environment) };
}
