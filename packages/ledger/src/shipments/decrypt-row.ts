import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { decryptSecrets } from './secrets.ts';
import { shipmentFromRow, type ShipmentRow } from './shipment-row.ts';

/** All secrets of a row of `shipments`, still sealed, to be selected with it. */
export const sealedSecrets = sql<Readonly<Record<string, string>> | null>`(
  select json_object_agg(name, sealed) from secrets where shipment_id = shipments.id
)`.as('secrets');

/** The version of a row of `shipments`, another one after each change, also by a process of an earlier version. */
export const rowVersion = sql<string>`shipments.xmin::text`.as('version');

const versions = new WeakMap<Shipment, string>();

/** Of the row that a shipment was read from or written to; undefined where that is not known. */
export const versionOf = (shipment: Shipment): string | undefined => versions.get(shipment);

export function withVersion(shipment: Shipment, version: string): Shipment {
  versions.set(shipment, version);
  return shipment;
}

export interface SealedRow extends ShipmentRow {
  secrets: Readonly<Record<string, string>> | null;
  version?: string;
}

/** The shipment of a row and its sealed secrets. */
export function decryptRow(ledger: Ledger, { secrets, version, ...row }: SealedRow): Shipment {
  const note = row.note === null ? null : ledger.sealing.unseal(row.note, sealedContext.note(row.id));
  const shipment = shipmentFromRow(row, decryptSecrets(ledger, row.id, secrets ?? {}), note);
  return version === undefined ? shipment : withVersion(shipment, version);
}
