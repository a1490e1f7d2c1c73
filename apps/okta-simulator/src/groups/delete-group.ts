import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findOwnGroup, groupTarget } from './group.ts';

/** `DELETE /api/v1/groups/{groupId}`: raises one event for the group and none for its members. */
export const deleteGroup = changeHandler(async ({ request, tx, record }) => {
  const group = await findOwnGroup(tx, param(request, 'groupId'));
  await tx.query('delete from org_group where id = $1', [group.id]);
  await record({ type: 'group.lifecycle.delete', targets: [groupTarget(group)] });
  return { status: 204 };
});
