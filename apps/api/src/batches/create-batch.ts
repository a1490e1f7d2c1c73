import { Readable } from 'node:stream';

import {
  finishBatch,
  insertBatch,
  mostRejectedTold,
  newBatchId,
  type RejectedRow,
} from '@keycourier/ledger/batches/batches';
import { createRows } from '@keycourier/ledger/batches/create-rows';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import { prepareRows, type PreparedRows } from '@keycourier/ledger/batches/prepare-rows';
import { rejectRows, type RowSubject } from '@keycourier/ledger/batches/reject-rows';
import type { Tx } from '@keycourier/ledger/connect-ledger';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import type { Answer } from '../http/answer.ts';
import { judgeRow } from './judge-row.ts';
import { mostRows, rowsPerChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';
import { describeRejected } from './rejected.ts';
import { UnreadableFile } from './unreadable-file.ts';

interface Chunk {
  prepared: PreparedRows | null;
  subjects: ReadonlyMap<number, RowSubject>;
  rejected: readonly (RejectedRow & { subject: RowSubject })[];
}

/**
 * Opens the shipments of all rows that can be used, in the caller's transaction. While one chunk is written the next is
 * made ready, and no more than that is read ahead.
 * @throws UnreadableFile what the file's reader throws, and for a file with too many rows or none
 */
export async function createBatch(
  context: Context,
  caller: Caller,
  tx: Tx,
  { rows, dryRun }: { rows: AsyncIterable<RawRow>; dryRun: boolean },
): Promise<Answer> {
  const { ledger } = context;
  const batch = { id: newBatchId(), tenant: caller.tenant.name, apiKeyId: caller.apiKey.id, dryRun };
  await lockBatches(tx, batch.tenant);
  await insertBatch(ledger, tx, batch);
  const counts = { total: 0, accepted: 0, rejectedTotal: 0 };
  const told: RejectedRow[] = [];
  for await (const chunk of readAhead(prepareChunks(context, caller, batch, rows))) {
    const rejected = await writeChunk(context, tx, batch.id, chunk);
    counts.total += chunk.subjects.size;
    counts.rejectedTotal += rejected.length;
    told.push(...rejected.slice(0, mostRejectedTold - told.length).map(({ row, problems }) => ({ row, problems })));
  }
  if (counts.total === 0) throw new UnreadableFile({ field: 'file', code: 'no_rows' });
  counts.accepted = counts.total - counts.rejectedTotal;
  await finishBatch(tx, batch.id, { ...counts, rejected: told });
  const { total, accepted, rejectedTotal } = counts;
  return {
    status: 202,
    body: { id: batch.id, total, accepted, rejected: describeRejected(told), rejectedTotal },
  };
}

const readAhead = <Item>(items: AsyncIterable<Item>): AsyncIterable<Item> => Readable.from(items, { highWaterMark: 1 });

async function* prepareChunks(
  { ledger }: Context,
  caller: Caller,
  batch: { id: string; dryRun: boolean },
  rows: AsyncIterable<RawRow>,
): AsyncGenerator<Chunk> {
  for await (const chunk of inChunks(rows)) {
    const judged = chunk.map((row) => judgeRow(caller, batch, row));
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
    if (row.row > mostRows) throw new UnreadableFile({ field: 'file', code: 'too_many_rows' });
    chunk.push(row);
    if (chunk.length < rowsPerChunk) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** @returns the rows of the chunk that were not accepted, in their order */
async function writeChunk(
  { ledger }: Context,
  tx: Tx,
  batchId: string,
  { prepared, subjects, rejected }: Chunk,
): Promise<readonly RejectedRow[]> {
  const obstacles = await createRows(tx, prepared);
  const inTheWay = [...obstacles].map(([row, code]) => {
    const subject = subjects.get(row) ?? { id: null, login: null };
    return { row, problems: [{ field: subject.id === null ? 'login' : 'userId', code }], subject };
  });
  const all = [...rejected, ...inTheWay].toSorted((one, other) => one.row - other.row);
  await rejectRows(ledger, tx, batchId, all);
  return all;
}
