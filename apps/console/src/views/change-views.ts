import { deleteView, saveView } from '@keycourier/ledger/views/saved-views';
import { z } from 'zod';

import { change } from '../audit/record.ts';
import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';

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
  const { do: what, name, path, query } = form.data;
  const action = what === 'save' ? 'view.saved' : 'view.removed';
  const isDone = await change(context, viewer, {
    work: (ledger) =>
      what === 'remove'
        ? deleteView(ledger, viewer.tenant, name)
        : saveView(ledger, viewer.tenant, { name, path, query, createdBy: viewer.operator }),
    actOf: (done) => (done ? { action, subject: { kind: 'view', id: 'shipments' } } : null),
  });
  if (!isDone && what === 'save') return refused(viewer, 'The tenant has as many views as it may have: remove one.');
  return { outcome: 'done', location: pathIn(viewer, `${path}${query === '' ? '' : `?${query}`}`) };
};

const refused = (viewer: Viewer, problem: string): FormResult => ({
  outcome: 'refused',
  status: 400,
  html: renderPage({ title: 'Views', section: 'shipments', viewer, children: problem }),
});
