import { createStretches, type Pause } from '@keycourier/runtime/stretches';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import {
  columnsOfNew,
  columnsOfNewRow,
  overriddenIn,
  sealedSecretsOf,
  type NewRow,
  type NewShipments,
} from '../shipments/insert-shipments.ts';
import { newRowOf, newShipment, type CreateRequest, type RowOfBatch } from '../shipments/new-shipment.ts';

/** What all rows of a batch have in common. */
export type BatchRequest = Omit<CreateRequest, keyof RowOfBatch> & { batchId: string };

export type RowRequest = RowOfBatch & { batchRow: number };

export interface PreparedRows extends NewShipments {
  rows: readonly (NewRow & { row: number })[];
}

/** After so many rows, half a millisecond, the clock is looked at. */
const rowsPerLook = 5;

/**
 * Makes a new shipment of each row and seals what is personal in it, in short stretches that leave the event loop free.
 * @returns null for no rows
 */
export async function prepareRows(
  ledger: Pick<Ledger, 'sealing' | 'now'>,
  { batch, rows: requests }: { batch: BatchRequest; rows: readonly RowRequest[] },
  pause: Pause = createStretches(),
): Promise<PreparedRows | null> {
  const [head] = requests;
  if (head === undefined) return null;
  const first = newShipment(ledger, { ...batch, ...head });
  const rows: PreparedRows['rows'][number][] = [];
  for (const [index, request] of requests.entries()) {
    const rest = index % rowsPerLook === 0 ? pause() : undefined;
    if (rest !== undefined) await rest;
    rows.push(prepareRow(ledger, request));
  }
  return { first, common: columnsOfNew(ledger, first), rows };
}

function prepareRow(ledger: Pick<Ledger, 'sealing'>, request: RowRequest): PreparedRows['rows'][number] {
  const shipment = newRowOf(request, newId('shp'));
  return {
    id: shipment.id,
    row: request.batchRow,
    own: JSON.stringify(columnsOfNewRow(ledger, shipment)),
    secrets: sealedSecretsOf(ledger, shipment),
    overridden: overriddenIn(shipment),
  };
}
