import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import { deleteView, saveView } from '@keycourier/ledger/views/saved-views';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';

/** The pages whose views can be saved. */
const paths = ['/shipments'] as const;

const body = z.object({
  do: z.enum(['save', 'remove']),
  name: z
    .string()
    .trim()
    .regex(/^[^\p{C}]{1,60}$/u),
  path: z.enum(paths),
  query: z.string().max(2_000).default(''),
});

/** Saves the view of a page for all operators of the tenant under a name, instead of the one of that name, or removes one. */
export const changeViews: HandleForm = async (context, viewer, request) => {
  const form = body.safeParse(request.body);
  if (!form.success) return refused(viewer, 'A view needs a name of 1 to 60 characters.');
  const { do: change, name, path, query } = form.data;
  const isDone =
    change === 'remove'
      ? await deleteView(context.ledger, viewer.tenant, name)
      : await saveView(context.ledger, viewer.tenant, { name, path, query, createdBy: viewer.operator });
  if (!isDone && change === 'save') return refused(viewer, 'The tenant has as many views as it may have: remove one.');
  if (isDone) await record(context, viewer, change);
  return { outcome: 'done', location: pathIn(viewer, `${path}${query === '' ? '' : `?${query}`}`) };
};

const record = ({ ledger }: PagesContext, viewer: Viewer, change: 'save' | 'remove') =>
  recordAudit(ledger, {
    tenant: viewer.tenant,
    actor: actorOf(viewer),
    action: change === 'save' ? 'view.saved' : 'view.removed',
    subject: { kind: 'view', id: 'shipments' },
    requestId: viewer.requestId,
  });

const refused = (viewer: Viewer, problem: string): FormResult => ({
  outcome: 'refused',
  status: 400,
  html: renderPage({ title: 'Views', section: 'shipments', viewer, children: problem }),
});
