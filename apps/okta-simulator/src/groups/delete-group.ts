import { applyGroupAssignments } from '../apps/assignments.ts';
import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findOwnGroup, groupTarget } from './group.ts';

/** `DELETE /api/v1/groups/{groupId}`: raises one event for the group and none for its members, who lose its apps. */
export const deleteGroup = changeHandler(async ({ org, request, tx, record }) => {
  const group = await findOwnGroup(tx, param(request, 'groupId'));
  await tx.query('delete from org_group where id = $1', [group.id]);
  const unassigned = await applyGroupAssignments(tx, { now: org.now() });
  await record({ type: 'group.lifecycle.delete', targets: [groupTarget(group)] }, ...unassigned);
  return { status: 204 };
});
