import { initialStatuses, mirrorStates } from '@keycourier/journey/hub/person-changes';
import { listAssignments } from '@keycourier/ledger/hub/assignments';
import {
  countMirrors,
  findUserIds,
  listMirrors,
  readLogins,
  readMirror,
  type Mirror,
} from '@keycourier/ledger/hub/list-mirrors';
import { assignmentOfPeople, endOfAssignment, pushOfPeople } from '@keycourier/operations/hub/hub-acts';
import type { Request } from 'express';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { apply, idsIn, madeBy, notPushed, reasonField as reason } from './hub-parts.tsx';
import { HubPeopleView } from './hub-people-view.tsx';
import { HubPersonView } from './hub-person-view.tsx';

const pageSize = 50;

const id = z.string().regex(/^mir_[0-9a-z]{26}$/);

const query = z.object({
  show: z.enum(['problem', 'due', 'drift']).optional().catch(undefined),
  state: z.enum(mirrorStates).optional().catch(undefined),
  user: z
    .string()
    .trim()
    .regex(/^[^\p{C}]{1,254}$/u)
    .optional()
    .catch(undefined),
  after: id.optional().catch(undefined),
});

/** How far people are pushed to the hub, and why not. */
export const showHubPeople: ShowPage = async (context, viewer, request) =>
  viewer.hasHub ? pageOf(context, viewer, { request }) : null;

async function pageOf(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, problem }: { request: Request; problem?: string },
): Promise<string> {
  const { after, ...filter } = query.parse(request.query);
  const { tenant } = viewer;
  const userIds = filter.user === undefined ? undefined : await findUserIds(ledger, tenant, filter.user);
  const { state, show: only } = filter;
  const rows = await listMirrors(ledger, { tenant, after: after ?? null, limit: pageSize + 1, state, only, userIds });
  const items = rows.slice(0, pageSize);
  const nextCursor = rows.length > pageSize ? (items.at(-1)?.id ?? null) : null;
  const logins = await readLogins(
    ledger,
    tenant,
    items.map(({ userId }) => userId),
  );
  const counts = await countMirrors(ledger, tenant);
  const view = { items, nextCursor, isFirst: after === undefined, logins, counts, filter, problem, viewer };
  const children = <HubPeopleView {...view} />;
  return renderPage({
    title: 'People of the hub',
    section: 'hub',
    viewer,
    live: true,
    isUnfinished: counts.due > 0,
    children,
  });
}

async function readInPath({ ledger }: PagesContext, viewer: Viewer, request: Request): Promise<Mirror | null> {
  const found = id.safeParse(request.params['id']);
  return viewer.hasHub && found.success ? readMirror(ledger, viewer.tenant, found.data) : null;
}

/** One person: their two users, and what an operator may do. */
export const showHubPerson: ShowPage = async (context, viewer, request) => {
  const mirror = await readInPath(context, viewer, request);
  return mirror === null ? null : personPage(context, viewer, { mirror });
};

async function personPage(
  context: PagesContext,
  viewer: Viewer,
  { mirror, problem }: { mirror: Mirror; problem?: string },
): Promise<string> {
  const { userId, isDue } = mirror;
  const logins = await readLogins(context.ledger, viewer.tenant, [userId]);
  const only = { kind: 'person', spokeId: userId } as const;
  const [assignment = null] = await listAssignments(context.ledger, {
    tenant: viewer.tenant,
    only,
    after: null,
    limit: 1,
  });
  const login = logins.get(userId) ?? null;
  const children = <HubPersonView {...{ mirror, login, assignment, problem, viewer }} />;
  return renderPage({ title: login ?? userId, section: 'hub', viewer, live: true, isUnfinished: isDue, children });
}

const act = z.object({ do: z.enum(['push', 'unassign']), reason });

/** Pushes a person now, or ends their assignment. */
export const changeHubPerson: HandleForm = async (context, viewer, request) => {
  const mirror = await readInPath(context, viewer, request);
  const form = act.safeParse(request.body).data;
  if (mirror === null || form === undefined) return null;
  const { tenant } = viewer;
  if (form.do === 'push') {
    const push = pushOfPeople({ tenant, userIds: [mirror.userId] });
    const { outcome } = await apply(context, viewer, { ...push, reason: form.reason });
    if (outcome === 'hub_is_source')
      return refused(409, await personPage(context, viewer, { mirror, problem: notPushed }));
  } else await apply(context, viewer, { ...endOfAssignment(tenant, mirror.userId), reason: form.reason });
  return { outcome: 'done', location: pathIn(viewer, `/hub/people/${mirror.id}`) };
};

const refused = (status: 409 | 422, html: string): FormResult => ({ outcome: 'refused', status, html });

const assigned = z.object({
  userIds: idsIn(1_000),
  initialStatus: z.union([z.enum(initialStatuses), z.literal('').transform(() => null)]),
  reason,
});

/** Assigns people by their ids in the tenant's org; they are pushed soon. */
export const assignPeople: HandleForm = async (context, viewer, request) => {
  if (!viewer.hasHub) return null;
  const form = assigned.safeParse(request.body).data;
  if (form === undefined) {
    const problem = 'Enter ids of Okta users, one a line and 1,000 at most. A login is no id.';
    return refused(422, await pageOf(context, viewer, { request, problem }));
  }
  const { userIds, initialStatus } = form;
  const how = { initialStatus, securityQuestion: null, assignedBy: madeBy };
  const { outcome } = await apply(context, viewer, {
    ...assignmentOfPeople({ tenant: viewer.tenant, userIds }, how),
    reason: form.reason,
  });
  if (outcome === 'hub_is_source') return refused(409, await pageOf(context, viewer, { request, problem: notPushed }));
  return { outcome: 'done', location: pathIn(viewer, '/hub/people?show=due') };
};
