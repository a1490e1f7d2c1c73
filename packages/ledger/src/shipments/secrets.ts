import type { SecretName, Shipment } from '@keycourier/journey/model/shipment';

import type { Ledger } from '../connect-ledger.ts';
import { readSecrets } from './parse-stored.ts';

const place = (shipmentId: string, name: string): string => `secrets.${name}:${shipmentId}`;

/** Opens the secrets of a shipment, given by name. */
export function decryptSecrets(
  { sealing }: Ledger,
  shipmentId: string,
  secrets: Readonly<Record<string, string>>,
): Shipment['secrets'] {
  const opened = Object.entries(secrets).map(([name, sealed]): [string, unknown] => [
    name,
    JSON.parse(sealing.unseal(sealed, place(shipmentId, name))),
  ]);
  return readSecrets(Object.fromEntries(opened));
}

/** What a change does to the secrets of a shipment: those given are sealed, those that are null go, the rest stays. */
export interface SealedSecrets {
  names: readonly string[];
  sealed: readonly string[];
  gone: readonly string[];
}

export function sealSecrets(
  { sealing }: Ledger,
  shipmentId: string,
  changes: Partial<Record<SecretName, unknown>> = {},
): SealedSecrets {
  const entries = Object.entries(changes);
  const kept = entries.filter(([, value]) => value !== null && value !== undefined);
  return {
    names: kept.map(([name]) => name),
    sealed: kept.map(([name, value]) => sealing.seal(JSON.stringify(value), place(shipmentId, name))),
    gone: entries.filter(([, value]) => value === null).map(([name]) => name),
  };
}
