import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findUser, userTarget } from '../users/user.ts';
import { findOwnGroup, groupTarget } from './group.ts';

/** `DELETE /api/v1/groups/{groupId}/users/{userId}`: 204, also for a user who is not a member. */
export const unassignUserFromGroup: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'userId'));
    const group = await findOwnGroup(tx, param(request, 'groupId'));
    const removed = await tx.query('delete from membership where group_id = $1 and user_id = $2', [group.id, user.id]);
    if (removed.rowCount === 0) return;
    await tx.query('update org_group set last_membership_updated = $2 where id = $1', [group.id, org.now()]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'group.user_membership.remove', targets: [userTarget(user), groupTarget(group)] },
    ]);
  });
  return { status: 204 };
};
