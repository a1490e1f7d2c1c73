import type { Config } from '@keycourier/config/config-file';
import { resolveSecret } from '@keycourier/config/secrets';
import { ProcessError } from '@keycourier/runtime/errors';

/** What survives as a header value unchanged. An empty secret would match a request without one. */
const sendable = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * The hook secrets of all tenants, one or two each.
 * @throws ProcessError `bad_config`, naming the tenant and never the value
 */
export async function readHookSecrets(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = Object.entries(config.tenants).map(async ([tenant, { hook }]) => {
    const secrets = await Promise.all(hook.secrets.map((reference) => resolveSecret(reference, environment)));
    if (!secrets.every((secret) => sendable.test(secret)))
      throw new ProcessError(
        'bad_config',
        `A hook secret of tenant ${tenant} is empty or contains characters that a header cannot carry: use printable ASCII`,
      );
    return [tenant, secrets] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
