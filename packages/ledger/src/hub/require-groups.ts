import { sql } from 'kysely';

import { inTransaction, type Database, type Ledger, type Tx } from '../connect-ledger.ts';
import { priorities } from '../outbox/add-messages.ts';
import { dispatchHub } from './lease.ts';
import { groupStep, groupTimes, membersStep } from './push-groups.ts';
import { lockWaiting } from './push-members.ts';

/** Most events are of groups that are not pushed: one look-up is all that they cost. */
async function isPushed(db: Database | Tx, tenant: string, groupIds: readonly string[]): Promise<boolean> {
  const found = await db
    .selectFrom('mirror_groups')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_group_id', 'in', groupIds)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Something is known to have changed about these groups of a spoke: those that are pushed are due as a whole. */
export async function requireGroups(
  db: Database | Tx,
  { tenant, groupIds, priority }: { tenant: string; groupIds: readonly string[]; priority: number },
): Promise<void> {
  if (!(await isPushed(db, tenant, groupIds))) return;
  await inTransaction(db, async (tx) => {
    const rows = await tx
      .updateTable('mirror_groups')
      .set({ version: sql`version + 1`, check_due_at: sql<Date>`now()` })
      .where('tenant', '=', tenant)
      .where('okta_group_id', 'in', groupIds)
      .where('is_paused', '=', false)
      .returning('id')
      .execute();
    await dispatchHub(tx, groupStep, { ids: rows.map(({ id }) => id), tenant, priority });
  });
}

/** A user joined or left a group, as an event says: the spoke is asked which, where the group is pushed. */
export async function requireMember(
  db: Database | Tx,
  member: { tenant: string; groupId: string; userId: string; priority: number },
): Promise<void> {
  const { tenant, groupId, userId, priority } = member;
  if (!(await isPushed(db, tenant, [groupId]))) return;
  await inTransaction(db, async (tx) => {
    // The group is locked before its member, as by those who compare: its foreign key would lock it after.
    const { rows } = await sql<{ id: string }>`
      insert into mirror_members as known (group_id, tenant, okta_user_id)
      select id, tenant, ${userId} from mirror_groups
      where tenant = ${tenant} and okta_group_id = ${groupId} and not is_paused for key share
      on conflict (group_id, okta_user_id) do update
        set wanted = null, is_due = true, problem = null, version = known.version + 1
      returning group_id as id`.execute(tx);
    await dispatchHub(tx, membersStep, { ids: rows.map(({ id }) => id), tenant, priority });
  });
}

/** A person has a user in the hub now: their memberships are due, also one whose attempt began without that user. */
export async function requireMembershipsOf(
  db: Database | Tx,
  { tenant, userId, priority }: { tenant: string; userId: string; priority: number },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockWaiting(tx, tenant, 'link');
    const { rows } = await sql<{ id: string }>`
      update mirror_members set is_due = true, problem = null, version = version + 1
      where tenant = ${tenant} and okta_user_id = ${userId} returning group_id as id`.execute(tx);
    await dispatchHub(tx, membersStep, { ids: rows.map(({ id }) => id), tenant, priority });
  });
}

/** Makes messages for groups that are due and have none. @returns how many were added */
export async function sweepGroups(ledger: Ledger, limit: number = groupTimes.perSweep): Promise<number> {
  const { rows } = await sql<{ id: string; tenant: string }>`
    select id, tenant from mirror_groups
    where check_due_at <= now() and not is_paused and not exists (
      select from outbox where subject_id = mirror_groups.id and step = ${groupStep}
    ) order by check_due_at limit ${limit}`.execute(ledger.db);
  for (const { id, tenant } of rows)
    await dispatchHub(ledger.db, groupStep, { ids: [id], tenant, priority: priorities.batch });
  if (rows.length > 0) ledger.notifier.notify();
  return rows.length;
}
