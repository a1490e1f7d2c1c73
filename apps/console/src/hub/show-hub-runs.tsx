import { listCompared, listComparisons, readComparison } from '@keycourier/ledger/hub/list-comparisons';
import { startOfComparison } from '@keycourier/operations/hub/hub-acts';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { HandleForm, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn } from '../pages/viewer.ts';
import { apply, madeBy } from './hub-parts.tsx';
import { HubRunView, isUnderWay } from './hub-run-view.tsx';
import { HubRunsView, titleOf } from './hub-runs-view.tsx';

const pageSize = 50;

const id = z.string().regex(/^cmp_[0-9a-z]{26}$/);

const listQuery = z.object({ before: id.optional().catch(undefined) });

/** The runs that compare both orgs, newest first. */
export const showHubRuns: ShowPage = async ({ ledger }, viewer, request) => {
  if (!viewer.hasHub) return null;
  const { before } = listQuery.parse(request.query);
  const page = { tenant: viewer.tenant, before: before ?? null, limit: pageSize + 1 };
  const rows = await listComparisons(ledger, page);
  const items = rows.slice(0, pageSize);
  const nextCursor = rows.length > pageSize ? (items.at(-1)?.id ?? null) : null;
  const view = { items, nextCursor, isFirst: before === undefined, viewer };
  const isUnfinished = items.some(isUnderWay);
  const children = <HubRunsView {...view} />;
  return renderPage({ title: 'Runs of the hub', section: 'hub', viewer, live: true, isUnfinished, children });
};

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
export const showHubRun: ShowPage = async ({ ledger }, viewer, request) => {
  const found = id.safeParse(request.params['id']);
  const { tenant } = viewer;
  const run = viewer.hasHub && found.success ? await readComparison(ledger, { tenant, id: found.data }) : null;
  if (run === null) return null;
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

const fields = z.object({ do: z.enum(['compare', 'report']) });

/** Starts a comparison; one that goes on is the one that is wanted. */
export const startHubRun: HandleForm = async (context, viewer, request) => {
  const form = fields.safeParse(request.body).data;
  if (!viewer.hasHub || form === undefined) return null;
  const how = { isDryRun: form.do === 'report', requestedBy: madeBy };
  const run = await apply(context, viewer, { ...startOfComparison(viewer.tenant, how), reason: '' });
  return { outcome: 'done', location: pathIn(viewer, `/hub/runs/${run.id}`) };
};
