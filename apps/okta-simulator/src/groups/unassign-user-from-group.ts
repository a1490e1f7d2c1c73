import { followMembers } from '../apps/follow-user.ts';
import { changeHandler, type Change } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findUser, userTarget, type User } from '../users/user.ts';
import { findOwnGroup, groupTarget, type Group } from './group.ts';

/** `DELETE /api/v1/groups/{groupId}/users/{userId}`: 204, also for a user who is not a member. */
export const unassignUserFromGroup = changeHandler(async (change) => {
  const user = await findUser(change.tx, param(change.request, 'userId'));
  const group = await findOwnGroup(change.tx, param(change.request, 'groupId'));
  await removeMember(change, group, user);
  return { status: 204 };
});

async function removeMember({ org, tx, record }: Change, group: Group, user: User): Promise<void> {
  const removed = await tx.query('delete from membership where group_id = $1 and user_id = $2', [group.id, user.id]);
  if (removed.rowCount === 0) return;
  const now = org.now();
  await tx.query('update org_group set last_membership_updated = $2 where id = $1', [group.id, now]);
  const followed = await followMembers(tx, { groupIds: [group.id], userIds: [user.id], now });
  await record({ type: 'group.user_membership.remove', targets: [userTarget(user), groupTarget(group)] }, ...followed);
}
