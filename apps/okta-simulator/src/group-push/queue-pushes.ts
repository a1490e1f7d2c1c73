import type { Queryable } from '../store/database.ts';

/** Queues a look at the members of all active mappings of the groups. One that finds no change sends nothing. */
export async function membersMayHaveChanged(
  tx: Queryable,
  { groupIds, now }: { groupIds: readonly string[]; now: Date },
): Promise<void> {
  await tx.query(
    `insert into provisioning_task (app_id, kind, subject, data, due)
     select app_id, 'push_members', group_push.id, jsonb_build_object('name', org_group.name), $2::timestamptz from group_push
     join org_group on org_group.id = group_id
     where group_push.status = 'ACTIVE' and group_id = any($1) order by group_push.ordinal`,
    [groupIds, now],
  );
}

/** A user of the app was provisioned: they are now a member of the pushed groups that they are in. */
export async function membershipsOfUserMayHaveChanged(
  tx: Queryable,
  { appId, userId, now }: { appId: string; userId: string; now: Date },
): Promise<void> {
  await tx.query(
    `insert into provisioning_task (app_id, kind, subject, data, due)
     select app_id, 'push_members', group_push.id, jsonb_build_object('name', org_group.name), $3::timestamptz from group_push
     join org_group on org_group.id = group_id join membership using (group_id)
     where group_push.status = 'ACTIVE' and app_id = $1 and user_id = $2 order by group_push.ordinal`,
    [appId, userId, now],
  );
}

/** A group has another name: its mappings push it. */
export async function groupWasRenamed(
  tx: Queryable,
  { groupId, name, now }: { groupId: string; name: string; now: Date },
): Promise<void> {
  await tx.query(
    `insert into provisioning_task (app_id, kind, subject, data, due)
     select app_id, 'rename_group', id, jsonb_build_object('name', $2::text), $3::timestamptz from group_push
     where status = 'ACTIVE' and group_id = $1 and target_id is not null order by ordinal`,
    [groupId, name, now],
  );
}
