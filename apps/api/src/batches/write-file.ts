import type { Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { checkRows } from '@keycourier/operations/batches/check-rows';
import { createBatch } from '@keycourier/operations/batches/create-batch';
import { decodeText } from '@keycourier/operations/batches/decode-text';
import { readBody } from '@keycourier/operations/batches/keep-upload';
import { UnreadableFile, type OpenText, type RawRow } from '@keycourier/operations/batches/raw-row';
import { readCsv } from '@keycourier/operations/batches/read-csv';

import { refuse } from '../problems.ts';
import { describeRejected } from './batch-row-dto.ts';
import { batchSenderOf, type FileToWrite, type WriteContext, type FileType } from './batch-to-write.ts';
import { readJson } from './read-json.ts';

type RowReader = (open: OpenText) => AsyncIterable<readonly RawRow[]>;

const readers: Readonly<Record<FileType, RowReader>> = { 'application/json': readJson, 'text/csv': readCsv };

/** The shipments of the valid rows of a file, and the report of the others: all of it is committed, or nothing. */
export async function writeFile(context: WriteContext, file: FileToWrite): Promise<Answer> {
  const body = readBody(file.body);
  const read = readers[file.mediaType];
  try {
    return await writeRows(context, file, () => read(() => decodeText(body.open())));
  } catch (error) {
    // Thrown, not returned, so that the transaction is rolled back.
    if (error instanceof UnreadableFile) return answerToUnreadable(error);
    throw error;
  } finally {
    await body.close();
  }
}

async function writeRows(
  { ledger, contention }: WriteContext,
  { sender: senderData, once, dryRun }: FileToWrite,
  readRows: () => AsyncIterable<readonly RawRow[]>,
): Promise<Answer> {
  const sender = batchSenderOf(senderData);
  // Before the transaction, so that it holds no connection; a repeated request gets its stored answer nevertheless.
  const fault = await faultOf(checkRows(sender, readRows(), contention.files.stretchesOf(sender.tenant.name)));
  return answerOnce(ledger, once, async (tx) => {
    if (fault !== null) throw fault.error;
    const { rejected, ...made } = await createBatch({ ledger, tx, contention }, sender, { rows: readRows(), dryRun });
    return { status: 202, body: { ...made, rejected: describeRejected(rejected) } };
  });
}

const faultOf = (check: Promise<void>): Promise<{ error: unknown } | null> =>
  check.then(
    () => null,
    (error: unknown) => ({ error }),
  );

function answerToUnreadable({ problems }: UnreadableFile): Answer {
  const described = problems.map(describeProblem);
  const first = described.slice(0, 5).map(({ message }) => message);
  return refuse('bad_request', `No row was accepted. ${first.join(' ')}`, { problems: described });
}
