import { z } from 'zod';

import { appTarget } from '../apps/app.ts';
import { groupTarget } from '../groups/group.ts';
import type { Resource } from '../provisioning/scim-client.ts';
import { queueTask, type Member, type MemberDelta } from '../provisioning/task.ts';
import { nothingToDo, type Done, type Work } from '../provisioning/work.ts';
import { inTransaction, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import type { EventTypeName } from '../system-log/event-types.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { readMapping, targetName, type PushMapping } from './mapping.ts';
import { takeDelta, takeWholeList } from './members.ts';

const groupSchemaUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const groupPath = (externalId: string): string => `/Groups/${encodeURIComponent(externalId)}`;

/** Sent before every change of members too. */
const rename = (id: string, displayName: string): unknown => ({ op: 'replace', value: { id, displayName } });

async function activeMapping({ org, task }: Work): Promise<PushMapping | undefined> {
  const mapping = await readMapping(org.db, task.subject);
  return mapping === undefined || mapping.status === 'INACTIVE' ? undefined : mapping;
}

/** The event of a task about a pushed group. */
export function groupEvent(
  { app, task }: Pick<Work, 'app' | 'task'>,
  type: EventTypeName,
  failure?: string,
): EventDraft {
  const group = groupTarget({ id: task.subject, name: task.data.name });
  return { type, targets: [group, appTarget(app)], ...(failure === undefined ? {} : { failure }) };
}

/** Marks the push as done. After an error, the changes meanwhile are looked at again. */
const pushed =
  ({ app, org, task }: Work, mapping: PushMapping): NonNullable<Done['save']> =>
  async (tx) => {
    const now = org.now();
    await tx.query(
      `update group_push set status = 'ACTIVE', error_summary = '', last_push = $2, last_updated = $2
       where id = $1 and status <> 'INACTIVE'`,
      [mapping.id, now],
    );
    if (mapping.status === 'ERROR')
      await queueTask(tx, {
        appId: app.id,
        kind: 'push_members',
        subject: mapping.id,
        data: { name: task.data.name },
        now,
      });
  };

function chunks(members: readonly Member[], size: number): Member[][] {
  const count = Math.ceil(members.length / size);
  return Array.from({ length: count }, (_, index) => members.slice(index * size, (index + 1) * size));
}

/** Writes name and members in full: a replace of at most 256 and adds of the rest, or one PUT by a wizard app. */
async function writeWhole(work: Work, mapping: PushMapping, externalId: string): Promise<void> {
  const members = await inTransaction(work.org.db, (tx) => takeWholeList(tx, mapping));
  const displayName = targetName(mapping);
  if (work.app.options.client === 'wizard') {
    const current = await work.scim.get(groupPath(externalId));
    await work.scim.put(groupPath(externalId), { ...current, displayName, members });
    return;
  }
  const { membersPerPatch } = work.org.settings.current().provisioning;
  const [first = [], ...rest] = chunks(members, membersPerPatch);
  await work.scim.patch(groupPath(externalId), [rename(externalId, displayName)]);
  await work.scim.patch(groupPath(externalId), [{ op: 'replace', path: 'members', value: first }]);
  for (const value of rest) await work.scim.patch(groupPath(externalId), [{ op: 'add', path: 'members', value }]);
}

/** Makes the group on the server, or links the one of that name, and saves under which id it is there. */
async function findOrCreate(work: Work, mapping: PushMapping): Promise<{ group: Resource; created: boolean }> {
  const displayName = targetName(mapping);
  const found = await work.scim.find('Groups', 'displayName', displayName);
  if (found !== undefined) return { group: found, created: false };
  const group = await work.scim.create('/Groups', { schemas: [groupSchemaUrn], displayName, members: [] });
  return { group, created: true };
}

async function saveTarget(tx: Queryable, mapping: PushMapping, externalId: string): Promise<void> {
  const rows = await tx.query(
    `insert into app_target_group (id, app_id, external_id, name) values ($1, $2, $3, $4)
     on conflict (app_id, external_id) do update set name = $4 returning id`,
    [oktaId('00g'), mapping.app_id, externalId, targetName(mapping)],
  );
  const { id } = z.object({ id: z.string() }).parse(rows.rows[0]);
  await tx.query('update group_push set target_id = $2 where id = $1', [mapping.id, id]);
}

/** Pushes a group: by its known id, by its name, or as a new one; then all its members. */
export async function pushGroup(work: Work): Promise<Done> {
  const mapping = await activeMapping(work);
  if (mapping === undefined) return nothingToDo;
  const types: EventTypeName[] = ['application.provision.group_push.pushed'];
  let externalId = mapping.external_id;
  if (externalId === null) {
    const { created, group } = await findOrCreate(work, mapping);
    externalId = group.id;
    await inTransaction(work.org.db, (tx) => saveTarget(tx, mapping, group.id));
    if (created) types.push('application.provision.group.add');
    if (created && work.app.options.client === 'template') return afterCreate(work, mapping, types);
  }
  await writeWhole(work, mapping, externalId);
  types.push('application.provision.group_push.push_memberships');
  return { save: pushed(work, mapping), drafts: types.map((type) => groupEvent(work, type)) };
}

/** A new group of a catalog app is empty, and gets its members as changes. */
function afterCreate(work: Work, mapping: PushMapping, types: EventTypeName[]): Done {
  const { app, org, task } = work;
  return {
    save: async (tx) => {
      await pushed(work, { ...mapping, status: 'ACTIVE' })(tx);
      const data = { name: task.data.name };
      await queueTask(tx, { appId: app.id, kind: 'push_members', subject: mapping.id, data, now: org.now() });
    },
    drafts: types.map((type) => groupEvent(work, type)),
  };
}

/** "Push now": name and members in full, over those that the server has. */
export async function pushNow(work: Work): Promise<Done> {
  const mapping = await activeMapping(work);
  if (mapping === undefined) return nothingToDo;
  if (mapping.external_id === null) return pushGroup(work);
  await writeWhole(work, mapping, mapping.external_id);
  const type = 'application.provision.group_push.push_memberships';
  return { save: pushed(work, mapping), drafts: [groupEvent(work, type)] };
}

/** Pushes another name, and nothing about members. */
export async function renameGroup(work: Work): Promise<Done> {
  const mapping = await activeMapping(work);
  if (mapping === undefined || mapping.external_id === null) return nothingToDo;
  const path = groupPath(mapping.external_id);
  const displayName = targetName(mapping);
  if (work.app.options.client === 'template') await work.scim.patch(path, [rename(mapping.external_id, displayName)]);
  else await work.scim.put(path, { ...(await work.scim.get(path)), displayName });
  return { save: pushed(work, mapping), drafts: [groupEvent(work, 'application.provision.group_push.updated')] };
}

/** Removes the group from the server. */
export async function deleteTargetGroup(work: Work): Promise<Done> {
  const { externalId } = work.task.data;
  if (externalId === undefined) return nothingToDo;
  await work.scim.remove(groupPath(externalId));
  return { drafts: [groupEvent(work, 'application.provision.group_push.removed')] };
}

/** Takes on the changes with the task, in one transaction: after a crash, the same are sent again. */
async function claim({ app, org, task }: Work, mapping: PushMapping): Promise<MemberDelta> {
  if (task.data.delta !== undefined) return task.data.delta;
  return inTransaction(org.db, async (tx) => {
    const { delta, rest } = await takeDelta(tx, mapping, org.settings.current().provisioning.membersPerPatch);
    const data = JSON.stringify({ ...task.data, delta });
    await tx.query('update provisioning_task set data = $2 where seq = $1', [task.seq, data]);
    const { name } = task.data;
    const more = { appId: app.id, kind: 'push_members' as const, subject: mapping.id, data: { name }, now: org.now() };
    if (rest) await queueTask(tx, more);
    return delta;
  });
}

/** Pushes who has joined and left since the last push. */
export async function pushMembers(work: Work): Promise<Done> {
  const mapping = await activeMapping(work);
  if (mapping === undefined || mapping.external_id === null) return nothingToDo;
  const { add, remove } = await claim(work, mapping);
  work.org.wakeDeliveries();
  if (add.length + remove.length === 0) return nothingToDo;
  const path = groupPath(mapping.external_id);
  if (work.app.options.client === 'wizard') await writeWhole(work, mapping, mapping.external_id);
  else {
    await work.scim.patch(path, [rename(mapping.external_id, targetName(mapping))]);
    await work.scim.patch(path, [
      ...remove.map((value) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(value)}]` })),
      ...(add.length === 0 ? [] : [{ op: 'add', path: 'members', value: add }]),
    ]);
  }
  const types = [
    'application.provision.group_push.updated',
    'application.provision.group_push.push_memberships',
  ] as const;
  return { save: pushed(work, mapping), drafts: types.map((type) => groupEvent(work, type)) };
}
