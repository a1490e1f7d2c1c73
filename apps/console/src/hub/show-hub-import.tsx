import { importActions } from '@keycourier/journey/hub/import-changes';
import { countImported, listImported } from '@keycourier/ledger/hub/import-people';
import { readComparison, type Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { decideOnImport } from '@keycourier/operations/hub/hub-acts';
import type { Request } from 'express';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { HubImportView } from './hub-import-view.tsx';
import { apply, reasonField } from './hub-parts.tsx';
import { isUnderWay } from './hub-run-view.tsx';
import { titleOf } from './hub-runs-view.tsx';

const pageSize = 50;

const query = z.object({
  outcome: z.enum(importActions).optional().catch(undefined),
  after: z
    .string()
    .regex(/^[\w-]{1,100}$/)
    .optional()
    .catch(undefined),
});

interface ImportPage {
  run: Comparison;
  request: Request;
  problem?: string;
}

/** Whom an import changes in what. */
export async function importPage(
  { ledger }: PagesContext,
  viewer: Viewer,
  { run, request, problem }: ImportPage,
): Promise<string> {
  const { outcome: action, after } = query.parse(request.query);
  const { tenant } = viewer;
  const filter = { tenant, id: run.id, after: after ?? null, limit: pageSize + 1, action };
  const all = await listImported(ledger, filter);
  const rows = all.slice(0, pageSize);
  const nextCursor = all.length > pageSize ? (rows.at(-1)?.hubUserId ?? null) : null;
  const counts = (await countImported(ledger, { tenant, ids: [run.id] })).get(run.id) ?? [];
  const view = { run, counts, rows, nextCursor, isFirst: after === undefined, action, problem, viewer };
  const isUnfinished = isUnderWay(run);
  const children = <HubImportView {...view} />;
  return renderPage({ title: titleOf(run), section: 'hub', viewer, live: true, isUnfinished, children });
}

const fields = z.object({
  do: z.enum(['release', 'reject']),
  confirmed: z.literal('yes').optional().catch(undefined),
  reason: reasonField,
});

const runId = z.string().regex(/^cmp_[0-9a-z]{26}$/);

/** Decides about an import that is held: a release changes many people, and is confirmed with a reason. */
export const decideHubImport: HandleForm = async (context, viewer, request) => {
  const id = runId.safeParse(request.params['id']).data;
  const { tenant, hasHub } = viewer;
  const run = hasHub && id !== undefined ? await readComparison(context.ledger, { tenant, id }) : null;
  const form = fields.safeParse(request.body).data;
  if (run === null || run.kind !== 'import' || form === undefined) return null;
  const refuse = async (status: 409 | 422, problem: string): Promise<FormResult> => ({
    outcome: 'refused',
    status,
    html: await importPage(context, viewer, { run, request, problem }),
  });
  const isConfirmed = form.confirmed === 'yes' && reasonSchema.safeParse(form.reason).success;
  if (form.do === 'release' && !isConfirmed)
    return refuse(422, 'Confirm that people are changed, and enter the reason in 3 to 200 characters.');
  const isDone = await apply(context, viewer, {
    ...decideOnImport(form.do, { tenant, id: run.id }),
    reason: form.reason,
  });
  if (!isDone) return refuse(409, 'The import is not held any more.');
  return { outcome: 'done', location: pathIn(viewer, `/hub/runs/${run.id}`) };
};
