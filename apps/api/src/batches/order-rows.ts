import type { Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { readBatch } from '@keycourier/ledger/batches/batches';
import { orderDryRun } from '@keycourier/operations/batches/order-dry-run';

import { refuse } from '../problems.ts';
import { describeRejected } from './batch-row-dto.ts';
import { batchSenderOf, type DryRunToOrder, type WriteContext } from './batch-to-write.ts';

/** The rows of a dry run become shipments. A repeat answers with the batch that was ordered. */
export function orderRows(
  { ledger }: WriteContext,
  { sender: senderData, once, dryRun, withHeld }: DryRunToOrder,
): Promise<Answer> {
  const sender = batchSenderOf(senderData);
  return answerOnce(ledger, once, async (tx) => {
    const made = await orderDryRun({ ledger, tx }, sender, { dryRun, withHeld });
    if (made.outcome === 'too_old')
      return refuse('check_too_old', 'The dry run is older than a day. Send the file again.');
    const ordered =
      made.outcome === 'ordered'
        ? made.report
        : await readBatch({ ...ledger, db: tx }, sender.tenant.name, made.batchId);
    if (ordered === null) return refuse('not_found', 'The batch that was ordered from it does not exist any more.');
    const { id: batchId, total, accepted, rejected, rejectedTotal } = ordered;
    const counts = { total, accepted, rejectedTotal };
    return { status: 202, body: { id: batchId, ...counts, rejected: describeRejected(rejected) } };
  });
}
