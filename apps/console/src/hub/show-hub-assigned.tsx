import { listAssignments } from '@keycourier/ledger/hub/assignments';
import { assignmentOfGroups, endOfGroupAssignment } from '@keycourier/operations/hub/hub-acts';
import type { Request } from 'express';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { HubAssignedView } from './hub-assigned-view.tsx';
import { apply, idsIn, madeBy, notPushed, oktaId, reasonField } from './hub-parts.tsx';

const pageSize = 50;

const query = z.object({ after: oktaId.optional().catch(undefined) });

/** The groups whose members are assigned to the hub. */
export const showAssignedGroups: ShowPage = async (context, viewer, request) =>
  viewer.hasHub ? pageOf(context, viewer, { request }) : null;

async function pageOf(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, problem }: { request: Request; problem?: string },
): Promise<string> {
  const { after } = query.parse(request.query);
  const { tenant } = viewer;
  const from = { kind: 'group', spokeId: after ?? '' } as const;
  // People come after all groups.
  const listed = await listAssignments(ledger, { tenant, after: from, limit: pageSize + 1 });
  const groups = listed.filter(({ kind }) => kind === 'group');
  const items = groups.slice(0, pageSize);
  const nextCursor = groups.length > pageSize ? (items.at(-1)?.spokeId ?? null) : null;
  const children = <HubAssignedView {...{ items, nextCursor, isFirst: after === undefined, problem, viewer }} />;
  return renderPage({ title: 'Assigned groups of the hub', section: 'hub', viewer, children });
}

const fields = z.discriminatedUnion('do', [
  z.object({ do: z.literal('assign'), groupIds: idsIn(100), reason: reasonField }),
  z.object({ do: z.literal('unassign'), groupId: oktaId, reason: reasonField }),
]);

/** Assigns the members of groups to the hub, or ends that for a group; a comparison finds out who they are. */
export const changeAssignedGroups: HandleForm = async (context, viewer, request) => {
  if (!viewer.hasHub) return null;
  const { tenant } = viewer;
  const form = fields.safeParse(request.body).data;
  const refuse = async (status: 409 | 422, problem: string): Promise<FormResult> => ({
    outcome: 'refused',
    status,
    html: await pageOf(context, viewer, { request, problem }),
  });
  if (form === undefined) return refuse(422, 'Enter ids of Okta groups, one a line and 100 at most. A name is no id.');
  if (form.do === 'assign') {
    const act = assignmentOfGroups({ tenant, groupIds: form.groupIds }, madeBy);
    const { outcome } = await apply(context, viewer, { ...act, reason: form.reason });
    if (outcome === 'hub_is_source') return refuse(409, notPushed);
  } else {
    const act = endOfGroupAssignment(tenant, form.groupId, madeBy);
    const isDone = await apply(context, viewer, { ...act, reason: form.reason });
    if (!isDone) return refuse(409, 'The group is not assigned any more.');
  }
  return { outcome: 'done', location: pathIn(viewer, '/hub/assigned-groups') };
};
