import type { Config } from '@keycourier/config/config-file';
import { resolveSecret } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { compileHris } from '@keycourier/connectors/hris/compile-hris';
import type { CompiledHris, HrisAuth, HrisSettingsOf } from '@keycourier/connectors/hris/settings';
import { ProcessError } from '@keycourier/runtime/errors';

import { configOf } from './tenants.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Compiles each tenant's HRIS request and mapping now, and reads its credentials for each call.
 * @throws ProcessError `bad_config` for a URL or a JSONata expression that cannot be used, with its tenant and field
 */
export function readHris(config: Config, environment: Environment, timeoutMs: number): HrisSettingsOf {
  const compiled = new Map<string, CompiledHris>();
  for (const [tenant, { hris }] of Object.entries(config.tenants))
    if (hris !== undefined) compiled.set(tenant, compile(tenant, hris));
  return (tenant) => {
    const { hris } = configOf(config, tenant);
    const read = compiled.get(tenant);
    if (hris === undefined || read === undefined)
      throw new ProcessError('bad_config', `The tenant ${tenant} has no hris`);
    return { compiled: read, auth: hrisAuth(hris.auth, environment), timeoutMs };
  };
}

type Hris = NonNullable<TenantConfig['hris']>;

function compile(tenant: string, hris: Hris): CompiledHris {
  const made = compileHris(hris);
  if (made.outcome === 'unusable')
    throw new ProcessError(
      'bad_config',
      `The tenant ${tenant} has an hris that cannot be read: ${made.field} ${made.why}`,
    );
  return made.compiled;
}

function hrisAuth(auth: Hris['auth'], environment: Environment): HrisAuth {
  if ('bearer' in auth) return { bearer: () => resolveSecret(auth.bearer, environment) };
  const { user, password } = auth.basic;
  return { basic: { user, password: () => resolveSecret(password, environment) } };
}
