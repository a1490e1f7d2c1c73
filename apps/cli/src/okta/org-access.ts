import { resolveSecret } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { clientKeyProblem } from '@keycourier/connectors/okta/client-key';
import { createSend, type SendToOkta } from '@keycourier/connectors/okta/send';
import type { OktaAuth, OktaSettings } from '@keycourier/connectors/okta/settings';
import { createGuard } from '@keycourier/connectors/resilience';
import { ProcessError } from '@keycourier/runtime/errors';

import type { Environment } from '../cli.ts';

/** An administrator's SSWS token for `okta setup`; the worker's credentials need fewer permissions. */
export const setupTokenVariable = 'KEYCOURIER_OKTA_SETUP_TOKEN';

export interface OrgAccess {
  tenant: string;
  config: TenantConfig;
  environment: Environment;
  timeoutMs: number;
  /** Scopes of the OAuth access token; default: the worker's. */
  scopes?: readonly string[];
}

/** Sends requests with the worker's credentials. Retries reads; sends any other request once. */
export function createSendToOrg(access: OrgAccess): SendToOkta {
  // Checks run in parallel, and one that hangs must not open the breaker for the others.
  const guard = createGuard('okta', { maxConcurrent: 32, breakAfter: 1_000 });
  return createSend(() => settingsOf(access), guard, { now: Date.now })(access.tenant);
}

/**
 * Reads the credentials before any call: an unreadable credential would look like an unreachable org.
 * @throws ProcessError `bad_config`, for an unusable key too
 */
export async function readCredentials(access: OrgAccess): Promise<void> {
  await refuseUnusable(settingsOf(access).auth, 'okta.auth.privateKey');
}

/** `key` is the setting of the private key. @throws ProcessError `bad_config` for credentials that cannot be read or used */
export async function refuseUnusable(auth: OktaAuth, key: string): Promise<void> {
  if ('token' in auth) {
    await auth.token();
    return;
  }
  const problem = clientKeyProblem(await auth.privateKey());
  if (problem !== null) throw new ProcessError('bad_config', `${key} ${problem}`);
}

export function settingsOf({ config, environment, timeoutMs, scopes }: OrgAccess): OktaSettings {
  const { orgUrl, rpId, auth } = config.okta;
  return { orgUrl, rpId, timeoutMs, auth: authOf(auth, environment, scopes) };
}

/** Credentials whose secrets are read for each call. */
export function authOf(
  auth: TenantConfig['okta']['auth'],
  environment: Environment,
  scopes?: readonly string[],
): OktaAuth {
  if ('token' in auth) return { token: () => resolveSecret(auth.token, environment) };
  const { clientId, keyId, privateKey } = auth;
  return { clientId, keyId, scopes, privateKey: () => resolveSecret(privateKey, environment) };
}
