import { countBatch } from '@keycourier/ledger/batches/batches';

import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute, noQuery } from '../http/parse-request.ts';
import { batch, batchExample } from './batch-schema.ts';
import { describeRejected } from './rejected.ts';
import { batchParams, withBatch } from './with-batch.ts';

/** A batch as it was taken, and how many of its shipments are in each status now. */
export const showBatch: Endpoint = {
  contract: {
    name: 'showBatch',
    summary: 'Show a batch',
    description:
      'As it was taken, and where its shipments are now. It is done once every accepted row has been checked.',
    params: batchParams,
    answers: { 200: { description: 'The batch', content: json(batch, batchExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBatch(async ({ ledger }, { id, dryRun, total, accepted, rejected, rejectedTotal, createdAt }) => {
      const statuses = await countBatch(ledger, id);
      return {
        status: 200,
        body: {
          id,
          dryRun,
          total,
          accepted,
          rejected: describeRejected(rejected),
          rejectedTotal,
          statuses,
          // One that is held has been checked: it waits for a person.
          done: (statuses['requested'] ?? 0) === 0,
          createdAt: createdAt.toISOString(),
        },
      };
    }),
  ),
};
