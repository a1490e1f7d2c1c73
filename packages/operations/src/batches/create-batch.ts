import { Readable } from 'node:stream';

import {
  finishBatch,
  insertBatch,
  maxRejectedReturned,
  newBatchId,
  type Batch,
  type RejectedRow,
} from '@keycourier/ledger/batches/batches';
import { createRows } from '@keycourier/ledger/batches/create-rows';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import { prepareRows, type BatchRequest, type PreparedRows } from '@keycourier/ledger/batches/prepare-rows';
import { rejectRows, type RowSubject } from '@keycourier/ledger/batches/reject-rows';
import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import type { FileContention } from '@keycourier/runtime/contention';

import { countRows } from './check-rows.ts';
import { judgeRow, type BatchSender, type RowVerdict } from './judge-row.ts';
import { rowsPerChunk, rowsPerLook, rowsPerSharedChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';

interface Chunk {
  prepared: Promise<PreparedRows | null>;
  rows: number;
  subjectOf: (row: number) => RowSubject;
  rejected: readonly (RejectedRow & { subject: RowSubject })[];
}

interface Target {
  ledger: Ledger;
  tx: Tx;
  contention: FileContention;
}

/**
 * Creates the shipments of all valid rows in the transaction. While one chunk is written the next is prepared and the one after it read, and
 * no more than that is read ahead. While other tenants have work, both rest between their pieces.
 * @throws UnreadableFile from the file's reader, and for a file with too many rows or none
 */
export async function createBatch(
  { ledger, tx, contention }: Target,
  sender: BatchSender,
  { rows, dryRun }: { rows: AsyncIterable<readonly RawRow[]>; dryRun: boolean },
): Promise<BatchReport> {
  const { apiKeyId, tenant } = sender;
  const id = newBatchId();
  await lockBatches(tx, tenant.name);
  await insertBatch(ledger, tx, { id, tenant: tenant.name, apiKeyId, dryRun });
  const counts = { total: 0, accepted: 0, rejectedTotal: 0 };
  const reported: RejectedRow[] = [];
  const batch = batchRequestOf(sender, id, dryRun);
  for await (const chunk of readAhead(prepareChunks({ ledger, contention, sender, batch }, countRows(rows)))) {
    const startedAtMs = performance.now();
    const rejected = await writeChunk({ ledger, tx }, id, chunk);
    await contention.files.giveWay(tenant.name, performance.now() - startedAtMs);
    counts.total += chunk.rows;
    counts.rejectedTotal += rejected.length;
    reported.push(
      ...rejected.slice(0, maxRejectedReturned - reported.length).map(({ row, problems }) => ({ row, problems })),
    );
  }
  counts.accepted = counts.total - counts.rejectedTotal;
  await finishBatch(tx, id, { ...counts, rejected: reported });
  return { id, ...counts, rejected: reported };
}

/** What became of the rows: at most `maxRejectedReturned` of the rejected ones are named. */
export type BatchReport = Pick<Batch, 'id' | 'total' | 'accepted' | 'rejected' | 'rejectedTotal'>;

export const batchRequestOf = (
  { requestedBy, tenant }: BatchSender,
  batchId: string,
  dryRun: boolean,
): BatchRequest => ({
  tenant: tenant.name,
  trigger: 'batch',
  groupId: null,
  pinPolicy: tenant.pinPolicy,
  dryRun,
  batchId,
  requestedBy,
});

const readAhead = <Item>(items: AsyncIterable<Item>): AsyncIterable<Item> => Readable.from(items, { highWaterMark: 1 });

interface Preparation {
  ledger: Ledger;
  contention: FileContention;
  sender: BatchSender;
  batch: BatchRequest;
}

async function* prepareChunks(preparation: Preparation, rows: AsyncIterable<readonly RawRow[]>): AsyncGenerator<Chunk> {
  const { ledger, contention, batch } = preparation;
  for await (const judged of judgeChunks(preparation, rows)) {
    const usable = judged.filter((one) => one.outcome === 'usable');
    const prepared = prepareRows(
      ledger,
      { batch, rows: usable.map(({ request }) => request) },
      contention.files.stretchesOf(batch.tenant),
    );
    // The writer waits for it, unless it has failed itself.
    prepared.catch(() => undefined);
    yield {
      prepared,
      rows: judged.length,
      subjectOf: (row) => judged.find((one) => one.row === row)?.subject ?? { id: null, login: null },
      rejected: judged.filter((one) => one.outcome === 'rejected'),
    };
  }
}

async function* judgeChunks(
  { sender, contention, batch: { tenant } }: Preparation,
  rows: AsyncIterable<readonly RawRow[]>,
): AsyncGenerator<readonly RowVerdict[]> {
  let chunk: RowVerdict[] = [];
  let pause = contention.files.stretchesOf(tenant);
  for await (const some of rows)
    for (const row of some) {
      chunk.push(judgeRow(sender, row));
      if (chunk.length % rowsPerLook !== 0) continue;
      // Awaited only where there is something to wait for: each row would else wait for the next microtask.
      const rest = pause();
      if (rest !== undefined) await rest;
      if (chunk.length < (contention.isContended(tenant) ? rowsPerSharedChunk : rowsPerChunk)) continue;
      yield chunk;
      chunk = [];
      // What was waited for the writer is no work.
      pause = contention.files.stretchesOf(tenant);
    }
  if (chunk.length > 0) yield chunk;
}

/** @returns the rejected rows of the chunk, in their order */
async function writeChunk(
  { ledger, tx }: Omit<Target, 'contention'>,
  batchId: string,
  { prepared, subjectOf, rejected }: Chunk,
): Promise<readonly RejectedRow[]> {
  const conflicts = await createRows(tx, await prepared);
  const conflicting = [...conflicts].map(([row, code]) => {
    const subject = subjectOf(row);
    return { row, problems: [{ field: subject.id === null ? 'login' : 'userId', code }], subject };
  });
  const all = [...rejected, ...conflicting].toSorted((one, other) => one.row - other.row);
  await rejectRows(ledger, tx, { batchId, rows: all });
  return all;
}
