import { batchColumns, linesOfBatch } from '@keycourier/operations/batches/result-lines';

import type { FindResult } from '../pages/result-file.tsx';
import { readBatchInPath } from './show-batches.tsx';

/** The result of each row of a batch, as the API has it. */
export const batchResult: FindResult = async (context, viewer, request) => {
  const batch = await readBatchInPath(context, viewer, request);
  return batch === null
    ? null
    : {
        section: 'batches',
        subject: { kind: 'batch', id: batch.id },
        above: { path: `/batches/${batch.id}`, text: batch.id },
        content:
          'A CSV file with the login of each person, the status and the problems of each row, and the values that are suggested for held addresses. It has no PIN.',
        name: batch.id,
        columns: batchColumns,
        lines: linesOfBatch(context.ledger, batch.id),
      };
};
