import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { prepared } from '../prepared.ts';
import { decryptRow, rowVersion, sealedSecrets, type SealedRow } from './decrypt-row.ts';
import { allColumns } from './shipments-table.ts';

/** A tenant's shipment, or null: another tenant's looks the same as none. */
export async function readShipment(ledger: Ledger, tenant: string, shipmentId: string): Promise<Shipment | null> {
  const { rows } = await sql<SealedRow>`${prepared}
    select ${allColumns}, ${sealedSecrets} from shipments where id = ${shipmentId} and tenant = ${tenant}`.execute(
    ledger.db,
  );
  const [row] = rows;
  return row === undefined ? null : decryptRow(ledger, row);
}

/**
 * Any tenant's shipment as last committed; its row is not locked.
 * @throws LedgerError `shipment_missing`
 */
export async function readAnyShipment(ledger: Ledger, shipmentId: string): Promise<Shipment> {
  const { rows } = await sql<SealedRow>`${prepared}
    select ${allColumns}, ${rowVersion}, ${sealedSecrets} from shipments where id = ${shipmentId}`.execute(ledger.db);
  const [row] = rows;
  if (row === undefined) throw new LedgerError('shipment_missing', `There is no shipment ${shipmentId}`);
  return decryptRow(ledger, row);
}

/** The tenant of a shipment, for a caller that may belong to several; null where there is no such shipment. */
export async function readTenantOf({ db }: Pick<Ledger, 'db'>, shipmentId: string): Promise<string | null> {
  const row = await db.selectFrom('shipments').select('tenant').where('id', '=', shipmentId).executeTakeFirst();
  return row?.tenant ?? null;
}
