import { countBatch, readBatch } from '@keycourier/ledger/batches/batches';

import { refuse } from '../http/answer.ts';
import { asking, noQuery } from '../http/given.ts';
import { describeRejected } from './rejected.ts';

const batchId = /^bat_[0-9a-z]{26}$/;

/** A batch as it was taken, and how many of its shipments are in each status now. */
export const showBatch = asking(noQuery, async ({ ledger }, { tenant }, { params }) => {
  const id = params['id'] ?? '';
  const batch = batchId.test(id) ? await readBatch(ledger, tenant.name, id) : null;
  if (batch === null) return refuse('not_found', 'There is no batch with this id.');
  const { total, accepted, rejected, rejectedTotal, createdAt } = batch;
  const statuses = await countBatch(ledger, id);
  return {
    status: 200,
    body: {
      id,
      total,
      accepted,
      rejected: describeRejected(rejected),
      rejectedTotal,
      statuses,
      createdAt: createdAt.toISOString(),
    },
  };
});
