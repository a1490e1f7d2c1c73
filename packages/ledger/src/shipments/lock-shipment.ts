import type { Shipment } from '@keycourier/journey/shipment';

import { LedgerError } from '../errors.ts';
import type { Ledger, Tx } from '../open-ledger.ts';
import { openSecrets } from './secrets.ts';
import { shipmentFromRow } from './shipment-row.ts';

/**
 * Locks a shipment's row to the end of the transaction and reads it whole.
 * @throws LedgerError `shipment_missing`
 */
export async function lockShipment(ledger: Ledger, tx: Tx, shipmentId: string): Promise<Shipment> {
  const row = await tx.selectFrom('shipments').selectAll().where('id', '=', shipmentId).forUpdate().executeTakeFirst();
  if (row === undefined) throw new LedgerError('shipment_missing', `There is no shipment ${shipmentId}`);
  const secrets = await openSecrets(ledger, tx, [shipmentId]);
  const note = row.note === null ? null : ledger.sealing.unseal(row.note, `shipments.note:${shipmentId}`);
  return shipmentFromRow(row, secrets.get(shipmentId) ?? {}, note);
}
