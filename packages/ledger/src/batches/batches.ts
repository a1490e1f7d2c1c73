import type { Problem } from '@keycourier/journey/shipment';

import { newId } from '../new-id.ts';
import type { Ledger, Tx } from '../open-ledger.ts';

export interface Batch {
  id: string;
  tenant: string;
  total: number;
  accepted: number;
  /** At most a thousand; `rejectedTotal` counts them all. */
  rejected: readonly { row: number; problems: readonly Problem[] }[];
  rejectedTotal: number;
  createdAt: Date;
}

export const newBatchId = (): string => newId('bat');

export async function insertBatch(
  ledger: Ledger,
  tx: Tx,
  batch: Pick<Batch, 'id' | 'tenant'> & { apiKeyId: string },
): Promise<void> {
  await tx
    .insertInto('batches')
    .values({
      id: batch.id,
      tenant: batch.tenant,
      api_key_id: batch.apiKeyId,
      total: 0,
      accepted: 0,
      rejected: '[]',
      rejected_total: 0,
      created_at: ledger.now(),
    })
    .execute();
}

/** Writes what became of the rows, in the transaction that opened the accepted ones. */
export async function finishBatch(
  tx: Tx,
  batchId: string,
  counts: Omit<Batch, 'id' | 'tenant' | 'createdAt'>,
): Promise<void> {
  await tx
    .updateTable('batches')
    .set({
      total: counts.total,
      accepted: counts.accepted,
      rejected: JSON.stringify(counts.rejected.slice(0, 1_000)),
      rejected_total: counts.rejectedTotal,
    })
    .where('id', '=', batchId)
    .execute();
}

export async function readBatch(ledger: Ledger, tenant: string, batchId: string): Promise<Batch | null> {
  const row = await ledger.db
    .selectFrom('batches')
    .selectAll()
    .where('id', '=', batchId)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    tenant: row.tenant,
    total: row.total,
    accepted: row.accepted,
    rejected: row.rejected,
    rejectedTotal: row.rejected_total,
    createdAt: row.created_at,
  };
}

/** How many of a batch's shipments are in each status now. */
export async function countBatch(ledger: Ledger, batchId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await ledger.db
    .selectFrom('shipments')
    .select(({ fn }) => ['status', fn.countAll<string>().as('count')])
    .where('batch_id', '=', batchId)
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}
