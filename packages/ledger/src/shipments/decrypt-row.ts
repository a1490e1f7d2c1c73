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

/** The shipment of a row and its sealed secrets. */
export function decryptRow(
  ledger: Ledger,
  { secrets, ...row }: ShipmentRow & { secrets: Readonly<Record<string, string>> | null },
): Shipment {
  const note = row.note === null ? null : ledger.sealing.unseal(row.note, sealedContext.note(row.id));
  return shipmentFromRow(row, decryptSecrets(ledger, row.id, secrets ?? {}), note);
}
