import type { Shipment } from '@keycourier/journey/shipment';

import type { Ledger } from '../open-ledger.ts';
import { openSecrets } from './secrets.ts';
import { shipmentFromRow } from './shipment-row.ts';

/** A tenant's shipment, or null: another tenant's looks the same as none. */
export async function readShipment(ledger: Ledger, tenant: string, shipmentId: string): Promise<Shipment | null> {
  const row = await ledger.db
    .selectFrom('shipments')
    .selectAll()
    .where('id', '=', shipmentId)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return null;
  const secrets = await openSecrets(ledger, ledger.db, [shipmentId]);
  const note = row.note === null ? null : ledger.sealing.unseal(row.note, `shipments.note:${shipmentId}`);
  return shipmentFromRow(row, secrets.get(shipmentId) ?? {}, note);
}
