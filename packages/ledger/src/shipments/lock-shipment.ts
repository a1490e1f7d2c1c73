import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { decryptRow, rowVersion, sealedSecrets } from './decrypt-row.ts';

/**
 * Locks a shipment's row to the end of the transaction and reads it whole.
 * @throws LedgerError `shipment_missing`
 */
export async function lockShipment(ledger: Ledger, tx: Tx, shipmentId: string): Promise<Shipment> {
  const row = await tx
    .selectFrom('shipments')
    .selectAll('shipments')
    .select([sealedSecrets, rowVersion, isUnchanged])
    .where('id', '=', shipmentId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new LedgerError('shipment_missing', `There is no shipment ${shipmentId}`);
  const { isUnchanged: isWhole, ...whole } = row;
  return isWhole ? decryptRow(ledger, whole) : lockShipment(ledger, tx, shipmentId);
}

/**
 * After waiting for the lock, a statement returns the current row, but the secrets as they were when it began: then the
 * shipment is read again. The row's version at the beginning and now shows whether it waited.
 */
export const isUnchanged = sql<boolean>`(
  shipments.xmin = (select began.xmin from shipments as began where began.id = shipments.id)
)`.as('isUnchanged');
