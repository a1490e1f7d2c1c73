import type { Shipment } from '@keycourier/journey/model/shipment';
import { createStretches, type Pause } from '@keycourier/runtime/stretches';

import type { Ledger } from '../connect-ledger.ts';
import {
  columnsOfNew,
  overriddenIn,
  sealedSecretsOf,
  type Columns,
  type NewRow,
  type NewShipments,
} from '../shipments/insert-shipments.ts';
import { newShipment, type CreateRequest } from '../shipments/new-shipment.ts';

export type RowRequest = CreateRequest & { batchId: string; batchRow: number };

export interface PreparedRows extends NewShipments {
  rows: readonly (NewRow & { row: number })[];
}

/**
 * Makes a new shipment of each row and seals what is personal in it, in short stretches that leave the event loop free.
 * @returns null for no rows
 */
export async function prepareRows(
  ledger: Ledger,
  requests: readonly RowRequest[],
  pause: Pause = createStretches(),
): Promise<PreparedRows | null> {
  const [head] = requests;
  if (head === undefined) return null;
  const first = newShipment(ledger, head);
  const common: Columns = columnsFor(ledger, first);
  const rows: PreparedRows['rows'][number][] = [];
  for (const request of requests) {
    await pause();
    const shipment = request === head ? first : newShipment(ledger, request);
    rows.push({
      id: shipment.id,
      row: request.batchRow,
      own: JSON.stringify(difference(common, columnsFor(ledger, shipment))),
      secrets: sealedSecretsOf(ledger, shipment),
      overridden: overriddenIn(shipment),
    });
  }
  return { first, common, rows };
}

function columnsFor(ledger: Ledger, shipment: Shipment): Columns {
  const columns = columnsOfNew(ledger, shipment);
  // One key for each purpose is no duplicate.
  return { ...columns, batch_person: `${shipment.purpose}:${columns.person}` };
}

function difference(common: Columns, columns: Columns): Columns {
  const own: Record<string, unknown> = {};
  for (const name in columns) if (!isSame(common[name], columns[name])) own[name] = columns[name];
  return own;
}

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (one instanceof Date && other instanceof Date && one.getTime() === other.getTime());
