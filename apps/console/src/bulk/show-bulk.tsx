import { sendsPins } from '@keycourier/journey/requests/bulk-actions';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import {
  countBulkItems,
  listBulkActions,
  listBulkItems,
  readBulkAction,
  startBulkAction,
  stopBulkAction,
  type StartResult,
} from '@keycourier/ledger/bulk/bulk-actions';
import { readShipments } from '@keycourier/ledger/bulk/work-on-bulk';
import { operatorActs } from '@keycourier/operations/hands';
import type { Request } from 'express';
import { z } from 'zod';

import { change } from '../audit/record.ts';
import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { hasSteppedUp } from '../sign-in/sessions.ts';
import { reasonSchema, stepUpPath } from '../sign-in/step-up.ts';
import { BulkView, titleOf } from './bulk-view.tsx';
import { BulksView } from './bulks-view.tsx';
import { accessOf } from './choose-bulk.tsx';

const pageSize = 50;

const listQuery = z.object({
  before: z
    .string()
    .regex(/^blk_[0-9a-z]{26}$/)
    .optional()
    .catch(undefined),
});

/** The tenant's actions on filters, newest first. */
export const showBulks: ShowPage = async ({ ledger }, viewer, request) => {
  const { before } = listQuery.parse(request.query);
  const page = await listBulkActions(ledger, { tenant: viewer.tenant, before, limit: pageSize });
  return renderPage({
    title: 'Actions on filters',
    section: 'shipments',
    viewer,
    live: true,
    children: <BulksView {...page} viewer={viewer} />,
  });
};

const itemsQuery = z.object({
  show: z.enum(['in', 'out', 'done', 'unchanged', 'refused', 'failed']).optional().catch(undefined),
  code: z
    .string()
    .regex(/^[a-z_]{1,50}$/)
    .optional()
    .catch(undefined),
  after: z.coerce.number().int().min(0).max(1_000_000).catch(0),
});

export async function readBulkInPath(
  { ledger }: PagesContext,
  viewer: Viewer,
  request: Request,
): Promise<BulkAction | null> {
  const id = String(request.params['id']);
  return /^blk_[0-9a-z]{26}$/.test(id) ? readBulkAction(ledger, viewer.tenant, id) : null;
}

/** The dry run of an action, then its progress and its results. */
export const showBulk: ShowPage = async (context, viewer, request) => {
  const bulk = await readBulkInPath(context, viewer, request);
  return bulk === null ? null : bulkPage(context, viewer, { request, bulk });
};

interface PageParts {
  request: Request;
  bulk: BulkAction;
  problem?: string;
}

async function bulkPage(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, bulk, problem }: PageParts,
): Promise<string> {
  const { show, code, after } = itemsQuery.parse(request.query);
  const counts = await countBulkItems(ledger, bulk.id);
  const page = await listBulkItems(ledger, { id: bulk.id, outcome: show, code, after, limit: pageSize });
  const shipments = await readShipments(
    ledger,
    page.items.map(({ shipmentId }) => shipmentId),
  );
  const stepUp = sendsPins(bulk.action) && !hasSteppedUp(request, viewer.now) ? stepUpPath(request) : null;
  const view = { bulk, counts, ...page, shipments, show, code, stepUp, problem, viewer };
  return renderPage({
    title: titleOf(bulk),
    section: 'shipments',
    viewer,
    live: bulk.id,
    liveEveryMs: 1_000,
    children: <BulkView {...view} />,
  });
}

const fields = z.object({ do: z.enum(['run', 'stop']), reason: z.string().optional() });

/** Runs what was checked, or stops what runs. */
export const changeBulk: HandleForm = async (context, viewer, request) => {
  const bulk = await readBulkInPath(context, viewer, request);
  if (bulk === null) return null;
  const form = fields.parse(request.body);
  return form.do === 'stop'
    ? stop(context, viewer, bulk)
    : run(context, viewer, { request, bulk, reason: form.reason });
};

async function stop(context: PagesContext, viewer: Viewer, bulk: BulkAction): Promise<FormResult> {
  await change(context, viewer, {
    work: (ledger) => stopBulkAction(ledger, bulk),
    actOf: (isStopped) => (isStopped ? { action: 'bulk.stopped', subject: subjectOf(bulk) } : null),
  });
  return { outcome: 'done', location: pathIn(viewer, `/bulk/${bulk.id}`) };
}

export const subjectOf = ({ id }: BulkAction) => ({ kind: 'bulk_action', id });

async function run(
  context: PagesContext,
  viewer: Viewer,
  { request, bulk, reason: entered }: { request: Request; bulk: BulkAction; reason: string | undefined },
): Promise<FormResult> {
  const refuse = async (status: 403 | 409 | 422, problem: string): Promise<FormResult> => ({
    outcome: 'refused',
    status,
    html: await bulkPage(context, viewer, { request, bulk, problem }),
  });
  if (sendsPins(bulk.action) && !hasSteppedUp(request, viewer.now))
    return refuse(403, 'Nothing was started: this needs a sign-in of the last five minutes.');
  const reason = reasonSchema.safeParse(entered);
  if (!reason.success) return refuse(422, 'Enter the reason, in 3 to 200 characters.');
  const { mode, ledger: own } = context;
  const by = { actor: actorOf(viewer), hand: operatorActs(viewer.signedIn, { mode, sealing: own.sealing }) };
  const start = { by, access: accessOf(viewer, request), reason: reason.data, requestId: viewer.requestId };
  const result = await change(context, viewer, {
    work: (ledger) => startBulkAction(ledger, bulk, start),
    actOf: (started) =>
      started === 'started'
        ? {
            action: 'bulk.started',
            subject: subjectOf(bulk),
            reason: reason.data,
            detail: { action: bulk.action, filter: Object.keys(bulk.filter).join(' '), selected: bulk.total },
          }
        : null,
  });
  const problem = startProblems[result];
  if (problem !== null) return refuse(409, problem);
  return { outcome: 'done', location: pathIn(viewer, `/bulk/${bulk.id}`) };
}

const startProblems: Readonly<Record<StartResult, string | null>> = {
  started: null,
  already: null,
  not_checked: 'Its dry run is still under way.',
  too_old: 'The dry run is older than an hour, and much may have changed. Start another one.',
  another_runs: 'The same action with the same filter runs already. Wait for it, or stop it.',
};
