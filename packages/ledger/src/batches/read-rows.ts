import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';

import type { Ledger } from '../connect-ledger.ts';
import { decryptRow, sealedSecrets } from '../shipments/decrypt-row.ts';
import type { RejectedRow } from './batches.ts';
import { decryptSubject, type RowSubject } from './reject-rows.ts';

/** The result of a row: it is a shipment, or it was not accepted. */
export type BatchRow =
  | { row: number; outcome: 'accepted'; shipment: Shipment }
  | (RejectedRow & { outcome: 'rejected'; subject: RowSubject });

export interface RowQuery {
  batchId: string;
  status?: Status | 'rejected';
  /** The last row of the page before. */
  after: number;
  limit: number;
}

/** A page of a batch's rows in the order of the file; `nextCursor` is the page's last row, or null on the last page. */
export async function readRows(
  ledger: Ledger,
  query: RowQuery,
): Promise<{ items: readonly BatchRow[]; nextCursor: number | null }> {
  const [accepted, rejected] = await Promise.all([readAccepted(ledger, query), readRejected(ledger, query)]);
  const rows = [...accepted, ...rejected].toSorted((one, other) => one.row - other.row);
  const items = rows.slice(0, query.limit);
  return { items, nextCursor: rows.length > query.limit ? (items.at(-1)?.row ?? null) : null };
}

async function readAccepted(ledger: Ledger, { batchId, status, after, limit }: RowQuery): Promise<BatchRow[]> {
  if (status === 'rejected') return [];
  let select = ledger.db
    .selectFrom('shipments')
    .selectAll('shipments')
    .select(sealedSecrets)
    .where('batch_id', '=', batchId)
    .where('batch_row', '>', after)
    .orderBy('batch_row')
    .limit(limit + 1);
  if (status !== undefined) select = select.where('status', '=', status);
  const rows = await select.execute();
  return rows.map((row) => ({ row: row.batch_row ?? 0, outcome: 'accepted', shipment: decryptRow(ledger, row) }));
}

async function readRejected(ledger: Ledger, { batchId, status, after, limit }: RowQuery): Promise<BatchRow[]> {
  if (status !== undefined && status !== 'rejected') return [];
  const rows = await ledger.db
    .selectFrom('batch_rejections')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit + 1)
    .execute();
  return rows.map(({ row, problems, subject }) => ({
    row,
    outcome: 'rejected',
    problems,
    subject: decryptSubject(ledger, { batchId, row, subject }),
  }));
}
