import { Readable } from 'node:stream';

import type { Answer } from '@keycourier/http/answer';
import {
  finishBatch,
  insertBatch,
  maxRejectedReturned,
  newBatchId,
  type RejectedRow,
} from '@keycourier/ledger/batches/batches';
import { createRows } from '@keycourier/ledger/batches/create-rows';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import { prepareRows, type PreparedRows } from '@keycourier/ledger/batches/prepare-rows';
import { rejectRows, type RowSubject } from '@keycourier/ledger/batches/reject-rows';
import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';

import type { Caller } from '../endpoint.ts';
import { describeRejected } from './batch-row-dto.ts';
import { countRows } from './check-rows.ts';
import { judgeRow, type RowVerdict } from './judge-row.ts';
import { rowsPerChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';

interface Chunk {
  prepared: PreparedRows | null;
  subjects: ReadonlyMap<number, RowSubject>;
  rejected: readonly (RejectedRow & { subject: RowSubject })[];
}

interface Target {
  ledger: Ledger;
  tx: Tx;
}

/**
 * Creates the shipments of all valid rows in the transaction. While one chunk is written the next is prepared, and no
 * more than that is read ahead.
 * @throws UnreadableFile from the file's reader, and for a file with too many rows or none
 */
export async function createBatch(
  { ledger, tx }: Target,
  caller: Caller,
  { rows, dryRun }: { rows: AsyncIterable<RawRow>; dryRun: boolean },
): Promise<Answer> {
  const batch = { id: newBatchId(), tenant: caller.tenant.name, apiKeyId: caller.apiKey.id, dryRun };
  await lockBatches(tx, batch.tenant);
  await insertBatch(ledger, tx, batch);
  const counts = { total: 0, accepted: 0, rejectedTotal: 0 };
  const reported: RejectedRow[] = [];
  for await (const chunk of readAhead(prepareChunks(ledger, countRows(rows), (row) => judgeRow(caller, batch, row)))) {
    const rejected = await writeChunk({ ledger, tx }, batch.id, chunk);
    counts.total += chunk.subjects.size;
    counts.rejectedTotal += rejected.length;
    reported.push(
      ...rejected.slice(0, maxRejectedReturned - reported.length).map(({ row, problems }) => ({ row, problems })),
    );
  }
  counts.accepted = counts.total - counts.rejectedTotal;
  await finishBatch(tx, batch.id, { ...counts, rejected: reported });
  const { total, accepted, rejectedTotal } = counts;
  return {
    status: 202,
    body: { id: batch.id, total, accepted, rejected: describeRejected(reported), rejectedTotal },
  };
}

const readAhead = <Item>(items: AsyncIterable<Item>): AsyncIterable<Item> => Readable.from(items, { highWaterMark: 1 });

async function* prepareChunks(
  ledger: Ledger,
  rows: AsyncIterable<RawRow>,
  judge: (row: RawRow) => RowVerdict,
): AsyncGenerator<Chunk> {
  for await (const chunk of inChunks(rows)) {
    const judged = chunk.map(judge);
    const usable = judged.filter((one) => one.outcome === 'usable');
    yield {
      prepared: await prepareRows(
        ledger,
        usable.map(({ request }) => request),
      ),
      subjects: new Map(judged.map(({ row, subject }) => [row, subject])),
      rejected: judged.filter((one) => one.outcome === 'rejected'),
    };
  }
}

async function* inChunks(rows: AsyncIterable<RawRow>): AsyncGenerator<readonly RawRow[]> {
  let chunk: RawRow[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < rowsPerChunk) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** @returns the rejected rows of the chunk, in their order */
async function writeChunk(
  { ledger, tx }: Target,
  batchId: string,
  { prepared, subjects, rejected }: Chunk,
): Promise<readonly RejectedRow[]> {
  const conflicts = await createRows(tx, prepared);
  const conflicting = [...conflicts].map(([row, code]) => {
    const subject = subjects.get(row) ?? { id: null, login: null };
    return { row, problems: [{ field: subject.id === null ? 'login' : 'userId', code }], subject };
  });
  const all = [...rejected, ...conflicting].toSorted((one, other) => one.row - other.row);
  await rejectRows(ledger, tx, { batchId, rows: all });
  return all;
}
