import type { Config } from '@keycourier/config/config-file';
import { resolveSecret, secretReference, type SecretReference } from '@keycourier/config/secrets';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readHubCredentials } from '@keycourier/ledger/hub/links';

import type { CredentialOf } from './ledger-port.ts';
import { configOf } from './tenants.ts';

/** Hashes what a tenant signs in with at a service, and where, as it is now: secrets may be renewed while a process runs. */
export function createCredentialOf(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
  ledger: Ledger,
): CredentialOf {
  return async (tenant, service) => {
    const { okta, hub: named, fulfillment, mail, hris } = configOf(config, tenant);
    const isOfHub = service === 'hub';
    const hub = isOfHub ? (named ?? (await readHubCredentials(ledger, tenant)) ?? undefined) : undefined;
    const parts = { okta, hub, fulfillment: { url: fulfillment.apiUrl, token: fulfillment.token }, mail, hris }[
      service
    ];
    if (parts === undefined) return null;
    const secrets = await Promise.all(referencesIn(parts).map((reference) => resolveSecret(reference, environment)));
    return ledger.sealing.blindIndex(`credential:${JSON.stringify([tenant, service, parts, secrets])}`);
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
