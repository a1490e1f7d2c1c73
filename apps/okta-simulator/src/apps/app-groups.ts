import { z } from 'zod';

import { findGroup, groupTarget } from '../groups/group.ts';
import { changeHandler } from '../http/change-handler.ts';
import { notFound } from '../http/errors.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { select, type Queryable } from '../store/database.ts';
import { appTarget, findActiveApp, findApp } from './app.ts';
import { applyGroupAssignments } from './assignments.ts';

const appGroupSchema = z.object({
  app_id: z.string(),
  group_id: z.string(),
  priority: z.number(),
  profile: z.record(z.string(), z.unknown()),
  last_updated: z.date(),
});

type AppGroup = z.infer<typeof appGroupSchema>;

function present(origin: string, row: AppGroup): Record<string, unknown> {
  const app = `${origin}/api/v1/apps/${row.app_id}`;
  return {
    id: row.group_id,
    lastUpdated: row.last_updated.toISOString(),
    priority: row.priority,
    profile: row.profile,
    _links: {
      self: { href: `${app}/groups/${row.group_id}` },
      app: { href: app },
      group: { href: `${origin}/api/v1/groups/${row.group_id}` },
    },
  };
}

async function find(db: Queryable, appId: string, groupId: string): Promise<AppGroup> {
  const [row] = await select(db, appGroupSchema, {
    text: 'select * from app_group where app_id = $1 and group_id = $2',
    values: [appId, groupId],
  });
  if (row === undefined) throw notFound(groupId, 'AppGroup');
  return row;
}

/** `GET /api/v1/apps/{appId}/groups/{groupId}` */
export const getAppGroup: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  return { status: 200, body: present(request.origin, await find(org.db, app.id, param(request, 'groupId'))) };
};

/** `GET /api/v1/apps/{appId}/groups` */
export const listAppGroups: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 20, max: 200 });
  const app = await findApp(org.db, param(request, 'appId'));
  const rows = await select(org.db, appGroupSchema, {
    text: `select * from app_group where app_id = $1
       and ($2::text is null or ordinal > (select ordinal from app_group where app_id = $1 and group_id = $2))
     order by ordinal limit ${limit + 1}`,
    values: [app.id, request.query['after'] ?? null],
  });
  const withIds = rows.map((row) => ({ ...row, id: row.group_id }));
  const { items, links } = page(request, withIds, limit);
  return { status: 200, body: items.map((row) => present(request.origin, row)), links };
};

const bodySchema = z.looseObject({
  priority: z.number().int().min(0).optional(),
  profile: z.record(z.string(), z.unknown()).nullish(),
});

/** `PUT /api/v1/apps/{appId}/groups/{groupId}`: all members get the app, now and later. */
export const assignGroupToApp = changeHandler(async ({ org, request, tx, record }) => {
  const body = parseBody(bodySchema, request.body ?? {}, 'groupAssignment');
  const app = await findActiveApp(tx, param(request, 'appId'));
  const group = await findGroup(tx, param(request, 'groupId'), 'for no key update');
  const now = org.now();
  const added = await tx.query(
    `insert into app_group (app_id, group_id, priority, profile, last_updated) values ($1, $2, $3, $4, $5)
     on conflict (app_id, group_id) do update set priority = $3, profile = $4, last_updated = $5
     returning xmax = 0 as added`,
    [app.id, group.id, body.priority ?? 0, JSON.stringify(body.profile ?? {}), now],
  );
  const drafts = await applyGroupAssignments(tx, { appId: app.id, now });
  const isNew = added.rows[0]?.['added'] === true;
  const targets = [appTarget(app), groupTarget(group)];
  await record(...(isNew ? [{ type: 'group.application_assignment.add' as const, targets }] : []), ...drafts);
  return { status: 200, body: present(request.origin, await find(tx, app.id, group.id)) };
});

/** `DELETE /api/v1/apps/{appId}/groups/{groupId}`: members who have the app through no other group lose it. */
export const unassignGroupFromApp = changeHandler(async ({ org, request, tx, record }) => {
  const app = await findApp(tx, param(request, 'appId'));
  const group = await findGroup(tx, param(request, 'groupId'), 'for no key update');
  await find(tx, app.id, group.id);
  await tx.query('delete from app_group where app_id = $1 and group_id = $2', [app.id, group.id]);
  const drafts = await applyGroupAssignments(tx, { appId: app.id, now: org.now() });
  await record(
    { type: 'group.application_assignment.remove', targets: [appTarget(app), groupTarget(group)] },
    ...drafts,
  );
  return { status: 204 };
});
