import { z } from 'zod';

import { findActiveApp, findApp } from '../apps/app.ts';
import { findGroup } from '../groups/group.ts';
import { changeHandler, type Change } from '../http/change-handler.ts';
import { OktaError, validationFailed } from '../http/errors.ts';
import { flag, param, parseBody, type Handler } from '../http/handler.ts';
import { page, pageSize } from '../http/paging.ts';
import { queueTask, type TaskKind } from '../provisioning/task.ts';
import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import { findMapping, mappingSchema, presentMapping, selectMappings, targetName, type PushMapping } from './mapping.ts';

const status = z.enum(['ACTIVE', 'INACTIVE']);

const createSchema = z.looseObject({
  sourceGroupId: z.string(),
  status: status.default('ACTIVE'),
  targetGroupName: z.string().min(1).max(255).optional(),
  targetGroupId: z.string().optional(),
});

type Draft = z.infer<typeof createSchema>;

export const queuePush = (tx: Queryable, mapping: PushMapping, task: { kind: TaskKind; now: Date }): Promise<void> => {
  const { app_id: appId, external_id: externalId, id: subject } = mapping;
  const data = { name: targetName(mapping), ...(externalId === null ? {} : { externalId }) };
  return queueTask(tx, { appId, kind: task.kind, subject, data, now: task.now });
};

/** A group to link must be known from an import of groups. @throws OktaError E0000001 */
async function checkTarget(tx: Queryable, appId: string, { targetGroupId, targetGroupName }: Draft): Promise<void> {
  if (targetGroupId !== undefined && targetGroupName !== undefined)
    throw validationFailed('targetGroupId', ['targetGroupId: cannot be used together with targetGroupName']);
  if (targetGroupId === undefined) return;
  const values = [targetGroupId, appId];
  const found = await tx.query('select from app_target_group where id = $1 and app_id = $2', values);
  if (found.rowCount === 0) throw validationFailed('targetGroupId', ['targetGroupId: is not a group of the app']);
}

async function insert({ org, tx }: Change, appId: string, draft: Draft): Promise<string> {
  const id = oktaId('gPm');
  const inserted = await tx.query(
    `insert into group_push (id, app_id, group_id, status, target_name, target_id, created, last_updated)
     values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (app_id, group_id) do nothing`,
    [
      id,
      appId,
      draft.sourceGroupId,
      draft.status,
      draft.targetGroupName ?? null,
      draft.targetGroupId ?? null,
      org.now(),
    ],
  );
  if (inserted.rowCount === 1) return id;
  throw validationFailed('sourceGroupId', ['sourceGroupId: the group is pushed to the app already']);
}

/** `POST /api/v1/apps/{appId}/group-push/mappings`: 201; an active mapping is pushed at once. */
export const createMapping = changeHandler(async (change) => {
  const { org, request, tx } = change;
  const draft = parseBody(createSchema, request.body, 'groupPushMapping');
  const app = await findActiveApp(tx, param(request, 'appId'));
  await findGroup(tx, draft.sourceGroupId);
  await checkTarget(tx, app.id, draft);
  const mapping = await findMapping(tx, app.id, await insert(change, app.id, draft));
  if (mapping.status === 'ACTIVE') await queuePush(tx, mapping, { kind: 'push_group', now: org.now() });
  return { status: 201, body: presentMapping(request.origin, mapping) };
});

/** `GET /api/v1/apps/{appId}/group-push/mappings` */
export const listMappings: Handler = async (org, request) => {
  const limit = pageSize(request, { default: 100, max: 1_000 });
  const app = await findApp(org.db, param(request, 'appId'));
  const { after = null, sourceGroupId = null, status: wanted = null } = request.query;
  const rows = await select(org.db, mappingSchema, {
    text: `${selectMappings} where group_push.app_id = $1
       and ($2::text is null or group_id = $2) and ($3::text is null or group_push.status = $3)
       and ($4::text is null or group_push.ordinal > (select ordinal from group_push where id = $4))
     order by group_push.ordinal limit ${limit + 1}`,
    values: [app.id, sourceGroupId, wanted, after],
  });
  const { items, links } = page(request, rows, limit);
  return { status: 200, body: items.map((mapping) => presentMapping(request.origin, mapping)), links };
};

/** `GET …/group-push/mappings/{mappingId}` */
export const getMapping: Handler = async (org, request) => {
  const mapping = await findMapping(org.db, param(request, 'appId'), param(request, 'mappingId'));
  return { status: 200, body: presentMapping(request.origin, mapping) };
};

const updateSchema = z.looseObject({ status });

/** `PATCH …/group-push/mappings/{mappingId}`: an activation pushes the group with all its members. */
export const updateMapping = changeHandler(async ({ org, request, tx }) => {
  const body = parseBody(updateSchema, request.body, 'groupPushMapping');
  const before = await findMapping(tx, param(request, 'appId'), param(request, 'mappingId'));
  const now = org.now();
  await tx.query(`update group_push set status = $2, error_summary = '', last_updated = $3 where id = $1`, [
    before.id,
    body.status,
    now,
  ]);
  const mapping = await findMapping(tx, before.app_id, before.id);
  if (body.status === 'ACTIVE' && before.status !== 'ACTIVE') await queuePush(tx, mapping, { kind: 'push_group', now });
  return { status: 200, body: presentMapping(request.origin, mapping) };
});

/** `DELETE …/group-push/mappings/{mappingId}?deleteTargetGroup=`: only of an inactive mapping. */
export const deleteMapping = changeHandler(async ({ org, request, tx }) => {
  const mapping = await findMapping(tx, param(request, 'appId'), param(request, 'mappingId'));
  if (mapping.status === 'ACTIVE')
    throw new OktaError('E0000006', { causes: ['status: an active mapping cannot be deleted; deactivate it before'] });
  const deletes = flag(request, 'deleteTargetGroup', false) && mapping.external_id !== null;
  if (deletes) await queuePush(tx, mapping, { kind: 'delete_group', now: org.now() });
  await tx.query('delete from group_push where id = $1', [mapping.id]);
  return { status: 204 };
});
