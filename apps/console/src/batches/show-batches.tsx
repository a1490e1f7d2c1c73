import { statuses } from '@keycourier/journey/model/status';
import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import { countBatch, listBatches, readBatch, type Batch } from '@keycourier/ledger/batches/batches';
import { countBatchProblems } from '@keycourier/ledger/batches/count-problems';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { BatchSender } from '@keycourier/operations/batches/judge-row';
import { orderDryRun } from '@keycourier/operations/batches/order-dry-run';
import { logAnchor } from '@keycourier/operations/log-anchor';
import type { Request } from 'express';
import { z } from 'zod';

import { listEveryMs, renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { BatchView } from './batch-view.tsx';
import { BatchesView } from './batches-view.tsx';
import { OverridesForbidden, senderOf, uploadedAs } from './upload-batch.tsx';

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

export const showBatch: ShowPage = async (context, viewer, request) => {
  const batch = await readBatchInPath(context, viewer, request);
  return batch === null ? null : batchPage(context, viewer, { batch, request });
};

export async function readBatchInPath(
  { ledger }: PagesContext,
  viewer: Viewer,
  request: Request,
): Promise<Batch | null> {
  const id = String(request.params['id']);
  return /^bat_[0-9a-z]{26}$/.test(id) ? readBatch(ledger, viewer.tenant, id) : null;
}

async function batchPage(
  { ledger, batchCounts }: PagesContext,
  viewer: Viewer,
  { batch, request, problem }: { batch: Batch; request: Request; problem?: string },
): Promise<string> {
  const { id } = batch;
  const { status, after } = rowsQuery.parse(request.query);
  const { counts, at: countedAt } = await batchCounts.read(id);
  const problems = await countBatchProblems(ledger, id);
  const query = { batchId: id, after, limit: pageSize };
  const rows = await readRows(ledger, status === undefined ? query : { ...query, status });
  const view = { batch, counts, problems, ...rows, status, viewer, problem };
  const children = <BatchView {...view} />;
  const live = { live: id, liveEveryMs: listEveryMs, countedAt };
  return renderPage({ title: 'Batch', section: 'batches', viewer, ...live, children });
}

const orderFields = z.object({ rows: z.enum(['ready', 'all']), reason: z.string().optional() });

/** Orders the rows of a dry run, once; the audit names the operator and the reason. */
export const orderBatch: HandleForm = async (context, viewer, request) => {
  const batch = await readBatchInPath(context, viewer, request);
  const sender = senderOf(context, viewer);
  if (batch === null || sender === null || !batch.dryRun) return null;
  const refuse = async (status: 409 | 422, problem: string): Promise<FormResult> => ({
    outcome: 'refused',
    status,
    html: await batchPage(context, viewer, { batch, request, problem }),
  });
  const form = orderFields.parse(request.body);
  const reason = reasonSchema.safeParse(form.reason);
  if (!reason.success) return refuse(422, 'Enter the reason, in 3 to 200 characters.');
  const { ledger } = context.batchUploads;
  if (((await countBatch(ledger, batch.id))['requested'] ?? 0) > 0)
    return refuse(409, 'The dry run has not ended yet.');
  const work = { batch, sender, withHeld: form.rows === 'all', reason: reason.data };
  const ordered = await order(ledger, viewer, work).catch((error: unknown) => {
    if (error instanceof OverridesForbidden) return null;
    throw error;
  });
  if (ordered === null) return refuse(409, 'This tenant permits no other addresses any more, and rows have some.');
  const { result, anchor } = ordered;
  logAnchor(context.logger, viewer.tenant, anchor);
  if (result.outcome === 'too_old') return refuse(409, 'The dry run is older than a day. Upload the file again.');
  const id = result.outcome === 'already' ? result.batchId : result.report.id;
  return { outcome: 'done', location: pathIn(viewer, `/batches/${id}`) };
};

interface Order {
  batch: Batch;
  sender: BatchSender;
  withHeld: boolean;
  reason: string;
}

/** With its audit entry, or none of it. */
const order = (ledger: Ledger, viewer: Viewer, { batch, sender, withHeld, reason }: Order) =>
  ledger.db.transaction().execute(async (tx) => {
    const result = await orderDryRun({ ledger, tx }, sender, { dryRun: batch, withHeld });
    if (result.outcome !== 'ordered') return { result, anchor: null };
    const entry = uploadedAs(viewer, result.report.id, { dryRun: batch.id, rows: result.report.accepted });
    return { result, anchor: await recordAudit({ ...ledger, db: tx }, { ...entry, reason }) };
  });
