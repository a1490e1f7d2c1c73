import { statuses } from '@keycourier/journey/model/status';
import { listBatches, readBatch } from '@keycourier/ledger/batches/batches';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import { z } from 'zod';

import { listEveryMs, renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { BatchView } from './batch-view.tsx';
import { BatchesView } from './batches-view.tsx';

const pageSize = 50;

const listQuery = z.object({
  before: z
    .string()
    .regex(/^bat_[0-9a-z]{26}$/)
    .optional()
    .catch(undefined),
});

export const showBatches: ShowPage = async ({ ledger }, viewer, request) => {
  const { before } = listQuery.parse(request.query);
  const { tenant } = viewer;
  const page = await listBatches(ledger, { tenant, limit: pageSize, ...(before === undefined ? {} : { before }) });
  return renderPage({
    title: 'Batches',
    section: 'batches',
    viewer,
    children: <BatchesView {...page} viewer={viewer} />,
  });
};

const rowsQuery = z.object({
  status: z
    .enum([...statuses, 'rejected'])
    .optional()
    .catch(undefined),
  after: z.coerce.number().int().min(0).max(10_000_000).catch(0),
});

export const showBatch: ShowPage = async ({ ledger, batchCounts }, viewer, request) => {
  const id = String(request.params['id']);
  const batch = /^bat_[0-9a-z]{26}$/.test(id) ? await readBatch(ledger, viewer.tenant, id) : null;
  if (batch === null) return null;
  const { status, after } = rowsQuery.parse(request.query);
  const { counts } = await batchCounts.read(id);
  const query = { batchId: id, after, limit: pageSize };
  const rows = await readRows(ledger, status === undefined ? query : { ...query, status });
  const children = <BatchView batch={batch} counts={counts} {...rows} status={status} viewer={viewer} />;
  return renderPage({ title: 'Batch', section: 'batches', viewer, live: id, liveEveryMs: listEveryMs, children });
};
