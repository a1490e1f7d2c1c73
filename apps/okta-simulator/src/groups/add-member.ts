import type { PoolClient } from 'pg';

import { followMembers } from '../apps/follow-user.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { userTarget, type User } from '../users/user.ts';
import { findOwnGroup, groupTarget } from './group.ts';

/** Adds a user to a group and returns the event to record; none if the user is a member already. */
export async function addMember(
  tx: PoolClient,
  { groupId, user, now }: { groupId: string; user: User; now: Date },
): Promise<EventDraft[]> {
  const group = await findOwnGroup(tx, groupId);
  const added = await tx.query(
    'insert into membership (group_id, user_id) values ($1, $2) on conflict (group_id, user_id) do nothing',
    [group.id, user.id],
  );
  if (added.rowCount === 0) return [];
  await tx.query('update org_group set last_membership_updated = $2 where id = $1', [group.id, now]);
  const followed = await followMembers(tx, { groupIds: [group.id], userIds: [user.id], now });
  return [{ type: 'group.user_membership.add', targets: [userTarget(user), groupTarget(group)] }, ...followed];
}
