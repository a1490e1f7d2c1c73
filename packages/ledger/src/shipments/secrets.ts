import type { SecretName, Shipment } from '@keycourier/journey/model/shipment';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { readSecrets } from './parse-stored.ts';

/** Unseals the secrets of a shipment, by name. */
export function decryptSecrets(
  { sealing }: Ledger,
  shipmentId: string,
  secrets: Readonly<Record<string, string>>,
): Shipment['secrets'] {
  const unsealed = Object.entries(secrets).map(([name, sealed]): [string, unknown] => [
    name,
    JSON.parse(sealing.unseal(sealed, sealedContext.secret(shipmentId, name))),
  ]);
  return readSecrets(Object.fromEntries(unsealed));
}

/** What a change does to the secrets of a shipment: values are sealed, those set to null go, the rest stays. */
export interface SealedSecrets {
  names: readonly string[];
  sealed: readonly string[];
  gone: readonly string[];
}

export function sealSecrets(
  { sealing }: Pick<Ledger, 'sealing'>,
  shipmentId: string,
  changes: Partial<Record<SecretName, unknown>> = {},
): SealedSecrets {
  const [names, sealed, gone]: [string[], string[], string[]] = [[], [], []];
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) gone.push(name);
    if (value === null || value === undefined) continue;
    names.push(name);
    sealed.push(sealing.seal(JSON.stringify(value), sealedContext.secret(shipmentId, name)));
  }
  return { names, sealed, gone };
}
