import type { Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import { finishBatch, insertBatch, newBatchId, readBatch, type Batch } from '@keycourier/ledger/batches/batches';
import { createRows } from '@keycourier/ledger/batches/create-rows';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import { prepareRows, type RowRequest } from '@keycourier/ledger/batches/prepare-rows';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import { rejectRows } from '@keycourier/ledger/batches/reject-rows';
import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';

import { batchRequestOf, type BatchReport } from './create-batch.ts';
import type { BatchSender } from './judge-row.ts';

/** A dry run is too old to be ordered after this time. */
export const orderableMs = 24 * 60 * 60_000;

/** Rows that one statement reads and writes. */
const rowsPerChunk = 250;

export type OrderResult =
  | { outcome: 'ordered'; report: BatchReport }
  /** A repeat changes nothing. */
  | { outcome: 'already'; batchId: string }
  | { outcome: 'too_old' };

/**
 * Orders the rows of a dry run: those that were found without a problem, or those that are held, too. Their fields are those
 * that the dry run's shipments have, sealed, so that no file is kept. Rows keep their numbers.
 * @throws what `refuseOverrides` of the sender returns, for rows with addresses of their own
 */
export async function orderDryRun(
  { ledger, tx }: { ledger: Ledger; tx: Tx },
  sender: BatchSender,
  { dryRun, withHeld }: { dryRun: Batch; withHeld: boolean },
): Promise<OrderResult> {
  const { tenant, apiKeyId } = sender;
  const inside = { ...ledger, db: tx };
  await lockBatches(tx, tenant.name);
  const before = await readBatch(inside, tenant.name, dryRun.id);
  if (before?.orderedAs !== undefined && before.orderedAs !== null)
    return { outcome: 'already', batchId: before.orderedAs };
  if (ledger.now().getTime() - dryRun.createdAt.getTime() > orderableMs) return { outcome: 'too_old' };
  const id = newBatchId();
  await insertBatch(ledger, tx, { id, tenant: tenant.name, apiKeyId, dryRunId: dryRun.id });
  const batch = batchRequestOf(sender, id, false);
  const counts = { total: 0, accepted: 0, rejectedTotal: 0 };
  const rejected: BatchReport['rejected'][number][] = [];
  for await (const rows of rowsOf(inside, dryRun.id, withHeld)) {
    refuseForbidden(sender, rows);
    const conflicts = await createRows(tx, await prepareRows(ledger, { batch, rows }));
    const conflicting = rows.flatMap(({ batchRow: row, userId, login }) => {
      const code = conflicts.get(row);
      if (code === undefined) return [];
      const problems = [{ field: userId === null ? 'login' : 'userId', code }];
      return [{ row, problems, subject: { id: userId, login } }];
    });
    await rejectRows(ledger, tx, { batchId: id, rows: conflicting });
    counts.total += rows.length;
    counts.rejectedTotal += conflicting.length;
    rejected.push(...conflicting.map(({ row, problems }) => ({ row, problems })));
  }
  counts.accepted = counts.total - counts.rejectedTotal;
  await finishBatch(tx, id, { ...counts, rejected });
  return { outcome: 'ordered', report: { id, ...counts, rejected } };
}

/** Who orders needs the permission for other addresses, too, as the tenant grants it now. */
function refuseForbidden({ refuseOverrides }: BatchSender, rows: readonly RowRequest[]): void {
  const refusal = rows.some(({ overrides }) => Object.keys(overrides ?? {}).length > 0) ? refuseOverrides() : null;
  if (refusal !== null) throw refusal;
}

async function* rowsOf(ledger: Ledger, batchId: string, withHeld: boolean): AsyncGenerator<readonly RowRequest[]> {
  let after: number | null = 0;
  while (after !== null) {
    const page: Awaited<ReturnType<typeof readRows>> = await readRows(ledger, { batchId, after, limit: rowsPerChunk });
    const rows = page.items.flatMap((one) =>
      one.outcome === 'accepted' && isOrdered(one.shipment, withHeld) ? [requestOf(one.row, one.shipment)] : [],
    );
    if (rows.length > 0) yield rows;
    after = page.nextCursor;
  }
}

function isOrdered({ plan }: Shipment, withHeld: boolean): boolean {
  const status = statusOf(plan);
  return status !== 'failed' && status !== 'cancelled' && (withHeld || status !== 'held');
}

/** As the row had it: who it is by one of the two names, and overrides that came with it. */
function requestOf(batchRow: number, { user, secrets, purpose, product, note }: Shipment): RowRequest {
  const login = secrets.login ?? null;
  const overrides = Object.entries(secrets.overrides?.values ?? {}).flatMap(([field, value]) =>
    value?.source === 'override' ? [[field, value.value]] : [],
  );
  return {
    purpose,
    userId: login === null ? user.id : null,
    login,
    product,
    note,
    overrides: Object.fromEntries(overrides),
    batchRow,
  };
}
