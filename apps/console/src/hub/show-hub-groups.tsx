import { countMappings, readMapping, readMappings, type PushedGroup } from '@keycourier/ledger/hub/groups';
import { actOnGroup, pushOfGroup } from '@keycourier/operations/hub/hub-acts';
import type { Request } from 'express';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { HubGroupView } from './hub-group-view.tsx';
import { HubGroupsView } from './hub-groups-view.tsx';
import { apply, madeBy, notPushed, oktaId, reasonField as reason } from './hub-parts.tsx';

const pageSize = 50;

const id = z.string().regex(/^hgm_[0-9a-z]{26}$/);

const query = z.object({
  show: z.literal('problem').optional().catch(undefined),
  after: id.optional().catch(undefined),
});

/** The groups that are pushed to the hub. */
export const showHubGroups: ShowPage = async (context, viewer, request) =>
  viewer.hasHub ? listPage(context, viewer, { request }) : null;

async function listPage(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, problem }: { request: Request; problem?: string },
): Promise<string> {
  const { show, after } = query.parse(request.query);
  const { tenant } = viewer;
  const page = { tenant, after: after ?? null, limit: pageSize + 1, hasProblem: show === 'problem' };
  const rows = await readMappings(ledger, page);
  const items = rows.slice(0, pageSize);
  const nextCursor = rows.length > pageSize ? (items.at(-1)?.id ?? null) : null;
  const counts = await countMappings(ledger, tenant);
  const view = { items, nextCursor, isFirst: after === undefined, counts, show, problem, viewer };
  const isUnfinished = items.some(isUnderWay);
  const children = <HubGroupsView {...view} />;
  return renderPage({ title: 'Groups of the hub', section: 'hub', viewer, live: true, isUnfinished, children });
}

const isUnderWay = ({ status }: PushedGroup): boolean => status === 'pending' || status === 'deleting';

async function readInPath({ ledger }: PagesContext, viewer: Viewer, request: Request): Promise<PushedGroup | null> {
  const found = id.safeParse(request.params['id']);
  return viewer.hasHub && found.success ? readMapping(ledger, viewer.tenant, found.data) : null;
}

/** One group: where it is pushed to, what keeps it from there, and what an operator may do. */
export const showHubGroup: ShowPage = async (context, viewer, request) => {
  const group = await readInPath(context, viewer, request);
  return group === null ? null : groupPage(viewer, group);
};

function groupPage(viewer: Viewer, group: PushedGroup, problem?: string): string {
  const children = <HubGroupView group={group} problem={problem} viewer={viewer} />;
  const isUnfinished = isUnderWay(group);
  return renderPage({ title: group.name ?? group.groupId, section: 'hub', viewer, live: true, isUnfinished, children });
}

const act = z.object({
  do: z.enum(['push', 'pause', 'unlink', 'delete']),
  confirmed: z.literal('yes').optional().catch(undefined),
  reason,
});

/** Pushes a group now, pauses it, or ends its push. */
export const changeHubGroup: HandleForm = async (context, viewer, request) => {
  const group = await readInPath(context, viewer, request);
  const form = act.safeParse(request.body).data;
  if (group === null || form === undefined) return null;
  const isConfirmed = form.confirmed === 'yes' && reasonSchema.safeParse(form.reason).success;
  if (form.do === 'delete' && !isConfirmed)
    return refused(
      groupPage(viewer, group, 'Confirm that the group is deleted, and enter the reason in 3 to 200 characters.'),
    );
  const { tenant } = viewer;
  const isDone = await apply(context, viewer, {
    ...actOnGroup(form.do, { tenant, id: group.id }),
    reason: form.reason,
  });
  if (!isDone) return refused(groupPage(viewer, group, 'Its push ends already, with its group in the hub.'), 409);
  const isGone = form.do === 'unlink';
  return { outcome: 'done', location: pathIn(viewer, isGone ? '/hub/groups' : `/hub/groups/${group.id}`) };
};

const refused = (html: string, status: 409 | 422 = 422): FormResult => ({ outcome: 'refused', status, html });

const newGroup = z
  .object({
    groupId: z.string().trim().pipe(oktaId),
    target: z.enum(['new', 'name', 'id']),
    link: z.string().trim().max(255).default(''),
    reason,
  })
  .refine(({ target, link }) => target === 'new' || link !== '')
  .refine(({ target, link }) => target !== 'id' || oktaId.safeParse(link).success);

/** Pushes a group by its id in the tenant's org: to a new one, or to one that the hub has. */
export const pushHubGroup: HandleForm = async (context, viewer, request) => {
  if (!viewer.hasHub) return null;
  const form = newGroup.safeParse(request.body).data;
  if (form === undefined)
    return refused(
      await listPage(context, viewer, {
        request,
        problem: 'Enter the id of a group, and, to link one that the hub has, its name or its id there.',
      }),
    );
  const { groupId, target, link } = form;
  const mapping = {
    tenant: viewer.tenant,
    groupId,
    target: target === 'new' ? ('new' as const) : ('existing' as const),
    targetId: target === 'id' ? link : null,
    targetName: target === 'name' ? link : null,
    createdBy: madeBy,
  };
  const made = await apply(context, viewer, { ...pushOfGroup(mapping), reason: form.reason });
  const refuse = async (problem: string) => refused(await listPage(context, viewer, { request, problem }), 409);
  if (made.outcome === 'hub_is_source') return refuse(notPushed);
  return made.result === null
    ? refuse('The group is pushed already.')
    : { outcome: 'done', location: pathIn(viewer, `/hub/groups/${made.result.id}`) };
};
