import { setImmediate } from 'node:timers/promises';

import type { Shipment } from '@keycourier/journey/model/shipment';

import type { Ledger } from '../connect-ledger.ts';
import { newShipment, type CreateRequest } from '../shipments/create-shipment.ts';
import { loginIndexOf, personOf } from '../shipments/person.ts';
import { sealSecrets } from '../shipments/secrets.ts';
import { columnsOf } from '../shipments/shipment-row.ts';

export type RowRequest = CreateRequest & { batchId: string; batchRow: number };

export type Columns = Readonly<Record<string, unknown>>;

/**
 * Rows of one batch, ready to be written. All are new shipments of one kind, so that most of their columns are those of
 * the first; the rest is kept as JSON: as objects of sixty fields, thousands of rows would be more than memory is for.
 */
export interface PreparedRows {
  first: Shipment;
  common: Columns;
  rows: readonly PreparedRow[];
}

export interface PreparedRow {
  row: number;
  /** A JSON object: the columns that differ from those of the first row. */
  own: string;
  /** JSON objects, with commas between them. */
  secrets: string;
}

/** Sealing a row takes some 50 µs: after this many the event loop gets its turn. */
const rowsPerTick = 50;

/**
 * Makes a new shipment of each row and seals what is personal in it, in short stretches between which others run.
 * @returns null for no rows
 */
export async function prepareRows(ledger: Ledger, requests: readonly RowRequest[]): Promise<PreparedRows | null> {
  const [head] = requests;
  if (head === undefined) return null;
  const first = newShipment(ledger, head);
  const common: Columns = columnsFor(ledger, first, head);
  const rows: PreparedRow[] = [];
  for (const request of requests) {
    if (rows.length % rowsPerTick === rowsPerTick - 1) await setImmediate();
    const shipment = request === head ? first : newShipment(ledger, request);
    rows.push({
      row: request.batchRow,
      own: JSON.stringify(whatDiffers(common, columnsFor(ledger, shipment, request))),
      secrets: secretsFor(ledger, shipment),
    });
  }
  return { first, common, rows };
}

function columnsFor(ledger: Ledger, shipment: Shipment, { userId, login, purpose, batchRow }: RowRequest) {
  const { id, note } = shipment;
  const person = personOf(ledger, userId, login);
  return {
    ...columnsOf(shipment),
    person,
    login_index: login === null ? null : loginIndexOf(ledger, login),
    note: note === null ? null : ledger.sealing.seal(note, `shipments.note:${id}`),
    batch_row: batchRow,
    // One key for each purpose is no duplicate.
    batch_person: `${purpose}:${person}`,
  };
}

function whatDiffers(common: Columns, columns: Columns): Columns {
  const own: Record<string, unknown> = {};
  for (const name in columns) if (!isSame(common[name], columns[name])) own[name] = columns[name];
  return own;
}

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (one instanceof Date && other instanceof Date && one.getTime() === other.getTime());

function secretsFor(ledger: Ledger, { id, secrets }: Shipment): string {
  const { names, sealed } = sealSecrets(ledger, id, secrets);
  return names.map((name, index) => JSON.stringify({ shipment_id: id, name, sealed: sealed[index] })).join(',');
}
