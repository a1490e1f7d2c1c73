import type { Shipment } from '@keycourier/journey/model/shipment';

import type { Ledger } from '../connect-ledger.ts';
import { decryptRow, sealedSecrets } from './decrypt-row.ts';

/** A tenant's shipment, or null: another tenant's looks the same as none. */
export async function readShipment(ledger: Ledger, tenant: string, shipmentId: string): Promise<Shipment | null> {
  const row = await ledger.db
    .selectFrom('shipments')
    .selectAll('shipments')
    .select(sealedSecrets)
    .where('id', '=', shipmentId)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row === undefined ? null : decryptRow(ledger, row);
}
