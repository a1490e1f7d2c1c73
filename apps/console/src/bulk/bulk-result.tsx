import { bulkColumns, linesOfBulk } from '@keycourier/operations/bulk/result-lines';

import type { FindResult } from '../pages/result-file.tsx';
import { titleOf } from './bulk-view.tsx';
import { readBulkInPath, subjectOf } from './show-bulk.tsx';

/** What became of each shipment of an action on a filter. */
export const bulkResult: FindResult = async (context, viewer, request) => {
  const bulk = await readBulkInPath(context, viewer, request);
  return bulk === null
    ? null
    : {
        section: 'shipments',
        subject: subjectOf(bulk),
        above: { path: `/bulk/${bulk.id}`, text: titleOf(bulk) },
        content:
          'A CSV file with the login of each person and what became of each shipment. It has no addresses and no PIN.',
        name: bulk.id,
        columns: bulkColumns,
        lines: linesOfBulk(context.ledger, bulk.id),
      };
};
