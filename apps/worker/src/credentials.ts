import type { Config } from '@keycourier/config/config-file';
import { resolveSecret, secretReference, type SecretReference } from '@keycourier/config/secrets';
import type { Sealing } from '@keycourier/ledger/sealing';

import type { CredentialOf } from './ledger-port.ts';
import { configOf } from './tenants.ts';

/** Hashes what a tenant signs in with at a service, and where, as it is now: secrets may be renewed while a process runs. */
export function createCredentialOf(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
  sealing: Sealing,
): CredentialOf {
  return async (tenant, service) => {
    const { okta, fulfillment, mail, hris } = configOf(config, tenant);
    const parts = { okta, fulfillment: { url: fulfillment.apiUrl, token: fulfillment.token }, mail, hris }[service];
    if (parts === undefined) return null;
    const secrets = await Promise.all(referencesIn(parts).map((reference) => resolveSecret(reference, environment)));
    return sealing.blindIndex(`credential:${JSON.stringify([tenant, service, parts, secrets])}`);
  };
}

/** The references below a part of the config, in their order. */
function referencesIn(part: object): SecretReference[] {
  return Object.values(part).flatMap((value: unknown) => {
    const reference = secretReference.safeParse(value);
    if (reference.success) return [reference.data];
    return typeof value === 'object' && value !== null ? referencesIn(value) : [];
  });
}
