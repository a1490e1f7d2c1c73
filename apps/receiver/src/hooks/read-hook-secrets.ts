import type { Config } from '@keycourier/config/config-file';
import { resolveSecret } from '@keycourier/config/secrets';

/**
 * The hook secrets of all tenants, one or two each. What a secret must be is judged before: `refuseAtStart`.
 * @throws ProcessError `bad_config`, naming the tenant and never the value
 */
export async function readHookSecrets(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = Object.entries(config.tenants).map(async ([tenant, { hook }]) => {
    const secrets = await Promise.all(hook.secrets.map((reference) => resolveSecret(reference, environment)));
    return [tenant, secrets] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
