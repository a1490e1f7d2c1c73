import { json } from '@keycourier/http/contract';
import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { countBatch } from '@keycourier/ledger/batches/batches';

import type { Endpoint } from '../endpoint.ts';
import { describeRejected } from './batch-row-dto.ts';
import { batch, batchExample } from './batch-schema.ts';
import { batchParams, withBatch } from './with-batch.ts';

export const showBatch: Endpoint = {
  contract: {
    name: 'showBatch',
    summary: 'Show a batch',
    description:
      'Accepted and rejected rows, and the current statuses of its shipments. A batch is done once every accepted row has been checked.',
    params: batchParams,
    answers: { 200: { description: 'The batch', content: json(batch, batchExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBatch(async ({ ledger }, { id, dryRun, total, accepted, rejected, rejectedTotal, createdAt, orderedAs }) => {
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
          // A held shipment counts as checked: it waits for an operator.
          done: (statuses['requested'] ?? 0) === 0,
          orderedAs,
          createdAt: createdAt.toISOString(),
        },
      };
    }),
  ),
};
