import { groupWasRenamed } from '../group-push/queue-pushes.ts';
import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import type { Queryable } from '../store/database.ts';
import { findGroup, findOwnGroup, groupTarget } from './group.ts';
import { presentGroup } from './present-group.ts';
import { groupNameTaken, readGroup } from './read-group.ts';

/** `PUT /api/v1/groups/{groupId}` */
export const replaceGroup = changeHandler(async ({ org, request, tx, record }) => {
  const { name, description } = readGroup(request.body);
  const { id, name: before } = await findOwnGroup(tx, param(request, 'groupId'));
  await checkName(tx, id, name);
  const now = org.now();
  const values = [id, name, description, now];
  await tx.query('update org_group set name = $2, description = $3, last_updated = $4 where id = $1', values);
  if (name !== before) await groupWasRenamed(tx, { groupId: id, name, now });
  await record({ type: 'group.profile.update', targets: [groupTarget({ id, name })] });
  return { status: 200, body: presentGroup(request.origin, await findGroup(tx, id)) };
});

async function checkName(tx: Queryable, id: string, name: string): Promise<void> {
  const others = await tx.query('select from org_group where name = $1 and id <> $2', [name, id]);
  if (others.rowCount !== 0) throw groupNameTaken();
}
