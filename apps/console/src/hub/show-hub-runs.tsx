import { listCompared, listComparisons, readComparison } from '@keycourier/ledger/hub/list-comparisons';
import { isHubSource } from '@keycourier/ledger/hub/sourcing';
import { importFromHub, startOfComparison } from '@keycourier/operations/hub/hub-acts';
import type { Request } from 'express';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { apply, madeBy } from './hub-parts.tsx';
import { HubRunView, isUnderWay } from './hub-run-view.tsx';
import { HubRunsView, titleOf } from './hub-runs-view.tsx';
import { importPage } from './show-hub-import.tsx';

const pageSize = 50;

const id = z.string().regex(/^cmp_[0-9a-z]{26}$/);

const listQuery = z.object({ before: id.optional().catch(undefined) });

/** The runs that compare both orgs, newest first. */
export const showHubRuns: ShowPage = async (context, viewer, request) =>
  viewer.hasHub ? listPage(context, viewer, { request }) : null;

async function listPage(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, problem }: { request: Request; problem?: string },
): Promise<string> {
  const { before } = listQuery.parse(request.query);
  const page = { tenant: viewer.tenant, before: before ?? null, limit: pageSize + 1 };
  const rows = await listComparisons(ledger, page);
  const items = rows.slice(0, pageSize);
  const nextCursor = rows.length > pageSize ? (items.at(-1)?.id ?? null) : null;
  const isUnfinished = items.some(isUnderWay);
  const isSource = await isHubSource(ledger.db, viewer.tenant);
  const children = <HubRunsView {...{ items, nextCursor, isFirst: before === undefined, isSource, problem, viewer }} />;
  return renderPage({ title: 'Runs of the hub', section: 'hub', viewer, live: true, isUnfinished, children });
}

const reportQuery = z.object({
  outcome: z
    .string()
    .regex(/^[a-z_]{1,50}$/)
    .optional()
    .catch(undefined),
  after: z
    .string()
    .regex(/^[\w-]{1,100}$/)
    .optional()
    .catch(undefined),
});

/** One run: what it found, person by person, by ids alone. */
export const showHubRun: ShowPage = async (context, viewer, request) => {
  const { ledger } = context;
  const found = id.safeParse(request.params['id']);
  const { tenant } = viewer;
  const run = viewer.hasHub && found.success ? await readComparison(ledger, { tenant, id: found.data }) : null;
  if (run === null) return null;
  if (run.kind === 'import') return importPage(context, viewer, { run, request });
  const { outcome, after } = reportQuery.parse(request.query);
  const filter = { tenant, id: run.id, after: after ?? null, limit: pageSize + 1 };
  const all = await listCompared(ledger, { ...filter, ...(outcome === undefined ? {} : { outcome }) });
  const rows = all.slice(0, pageSize);
  const nextCursor = all.length > pageSize ? (rows.at(-1)?.userId ?? null) : null;
  const view = { run, rows, nextCursor, isFirst: after === undefined, outcome, viewer };
  const isUnfinished = isUnderWay(run);
  const children = <HubRunView {...view} />;
  return renderPage({ title: titleOf(run), section: 'hub', viewer, live: true, isUnfinished, children });
};

const fields = z.object({ do: z.enum(['compare', 'report', 'import', 'preview']) });

/** Starts a comparison or an import; one that goes on is the one that is wanted. */
export const startHubRun: HandleForm = async (context, viewer, request) => {
  const form = fields.safeParse(request.body).data;
  if (!viewer.hasHub || form === undefined) return null;
  if (form.do === 'import' || form.do === 'preview')
    return startImport(context, viewer, { request, isDryRun: form.do === 'preview' });
  const how = { isDryRun: form.do === 'report', requestedBy: madeBy };
  const started = await apply(context, viewer, { ...startOfComparison(viewer.tenant, how), reason: '' });
  return started.outcome === 'requested'
    ? leadTo(viewer, started)
    : refuse(context, viewer, { request, problem: busy });
};

const busy = 'Another run of this kind waits, goes on or is held. Wait for it, or decide about it.';

const refuse = async (
  context: PagesContext,
  viewer: Viewer,
  page: { request: Request; problem: string },
): Promise<FormResult> => ({ outcome: 'refused', status: 409, html: await listPage(context, viewer, page) });

const leadTo = (viewer: Viewer, run: { id: string }): FormResult => ({
  outcome: 'done',
  location: pathIn(viewer, `/hub/runs/${run.id}`),
});

async function startImport(
  context: PagesContext,
  viewer: Viewer,
  { request, isDryRun }: { request: Request; isDryRun: boolean },
): Promise<FormResult> {
  const wanted = { tenant: viewer.tenant, isDryRun, isFull: false, requestedBy: madeBy };
  const started = await apply(context, viewer, { ...importFromHub(wanted), reason: '' });
  if (started.outcome === 'requested') return leadTo(viewer, started);
  const problem =
    started.outcome === 'sourcing_off'
      ? 'The hub is not the source of these people: only a preview is possible until sourcing is switched on.'
      : busy;
  return refuse(context, viewer, { request, problem });
}
