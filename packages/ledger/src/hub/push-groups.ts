import type { GroupProblem } from '@keycourier/journey/hub/group-changes';
import type { HubClaim } from '@keycourier/journey/ports/hub';
import type { GroupAttempt, GroupResult, GroupStepName } from '@keycourier/journey/ports/hub-groups';
import { sql, type RawBuilder } from 'kysely';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { priorities } from '../outbox/add-messages.ts';
import { claimHub, dispatchHub, dispatchIdOf, removeHubMessage } from './lease.ts';
import { compareRows, isAnyDue } from './push-members.ts';

export const groupStep: GroupStepName = 'push-group';
export const membersStep: GroupStepName = 'push-members';

/** The one home of these times and limits (docs/limits.md). */
export const groupTimes = {
  /** How often a group is compared with the hub as a whole. */
  compareEveryMs: 24 * 3_600_000,
  /** How often one with a problem is tried again. */
  problemRetryMs: 3_600_000,
  /** Groups whose messages one run of the sweep makes anew. */
  perSweep: 100,
} as const;

interface Request {
  id: string;
  dispatchId: string | null;
  leaseMs: number;
}

/** Claims a group for one attempt at one of its steps: no other one of either runs meanwhile. */
export const claimGroup = (ledger: Ledger, step: GroupStepName, request: Request): Promise<HubClaim<GroupAttempt>> =>
  claimHub<GroupAttempt>(
    ledger,
    { table: 'mirror_groups', step },
    {
      ...request,
      read: (tx) => lockGroup(tx, request.id),
      make: (row, lease) => ({ ...row, ...lease }),
    },
  );

async function lockGroup(tx: Tx, id: string): Promise<Omit<GroupAttempt, 'leaseId' | 'failures'> | null> {
  const row = await tx
    .selectFrom('mirror_groups')
    .select(['tenant', 'okta_group_id', 'target', 'target_id', 'target_name', 'hub_org', 'hub_group_id'])
    .select(['is_paused', 'is_deleting', 'version'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.is_paused) return null;
  return {
    id,
    tenant: row.tenant,
    groupId: row.okta_group_id,
    target: row.target,
    reference: { id: row.target_id, name: row.target_name },
    hubOrg: row.hub_org,
    hubGroupId: row.hub_group_id,
    isDeleting: row.is_deleting,
    version: row.version,
  };
}

interface HubGroup {
  org: string;
  groupId: string;
}

/** Whether another mapping, of this spoke or another one, pushes to the same group of a hub. */
export async function isGroupShared(ledger: Ledger, { id }: GroupAttempt, hub: HubGroup): Promise<boolean> {
  const other = await ledger.db
    .selectFrom('mirror_groups')
    .select('id')
    .where('hub_org', '=', hub.org)
    .where('hub_group_id', '=', hub.groupId)
    .where('id', '<>', id)
    .executeTakeFirst();
  return other !== undefined;
}

/**
 * Commits which group of the hub a mapping pushes to. False where another mapping of this spoke does: both know one set of people,
 * so that each of the two would remove the other's. Two workers that link at once are one after the other.
 */
export async function linkGroup(
  ledger: Ledger,
  { id, tenant, leaseId }: GroupAttempt,
  { org, groupId }: HubGroup,
): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const subject = ['hub group', tenant, org, groupId].join('\n');
    await sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 0))`.execute(tx);
    const { numAffectedRows = 0n } = await sql`
      update mirror_groups set hub_org = ${org}, hub_group_id = ${groupId}
      where id = ${id} and lease_id = ${leaseId} and not exists (
        select from mirror_groups as other
        where tenant = ${tenant} and hub_org = ${org} and hub_group_id = ${groupId} and other.id <> ${id}
      )`.execute(tx);
    return numAffectedRows > 0n;
  });
}

/** The people of this spoke alone: whom another spoke has in the same hub is not in the answer. */
export async function mirrorsOf(
  ledger: Ledger,
  { tenant, hubOrg }: { tenant: string; hubOrg: string },
  ids: { spoke: readonly string[]; hub: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ spoke: string; hub: string }>`
    select okta_user_id as spoke, hub_user_id as hub from mirrors
    where tenant = ${tenant} and hub_org = ${hubOrg} and hub_user_id is not null
      and (okta_user_id = any(${[...ids.spoke]}::text[]) or hub_user_id = any(${[...ids.hub]}::text[]))`.execute(
    ledger.db,
  );
  return new Map(rows.map(({ spoke, hub }) => [spoke, hub]));
}

/**
 * Ends an attempt at a group, and makes the memberships that differ due. Where the group is due anew by now, its message is
 * published again; an attempt that lost its lease records nothing.
 */
export async function finishGroup(ledger: Ledger, attempt: GroupAttempt, result: GroupResult): Promise<void> {
  await ledger.db.transaction().execute(async (tx) => {
    const row = await lockLeased(tx, attempt);
    if (row === null) return;
    if (result.isEnded) {
      await deleteMapping(tx, attempt.id);
      return;
    }
    const isOutdated = row.version !== attempt.version;
    const hasDue = result.members === null ? false : await compareRows(tx, attempt, result.members);
    await recordGroup(ledger, tx, { attempt, result, isOutdated });
    if (isOutdated) await again(tx, attempt, groupStep);
    else await removeHubMessage(tx, { id: attempt.id, step: groupStep });
    if (hasDue) await again(tx, attempt, membersStep);
  });
  ledger.notifier.notify();
}

const again = (tx: Tx, { id, tenant }: GroupAttempt, step: GroupStepName): Promise<void> =>
  dispatchHub(tx, step, { ids: [id], tenant, priority: priorities.batch });

async function lockLeased(tx: Tx, { id, leaseId }: GroupAttempt): Promise<{ version: string } | null> {
  const row = await tx
    .selectFrom('mirror_groups')
    .select('version')
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** The end of a mapping: its memberships go with it, and what the hub has stays. */
export async function deleteMapping(tx: Database | Tx, id: string): Promise<void> {
  await removeMessages(tx, id);
  await tx.deleteFrom('mirror_groups').where('id', '=', id).execute();
}

export async function removeMessages(tx: Database | Tx, id: string): Promise<void> {
  await tx.deleteFrom('outbox').where('subject_id', '=', id).where('step', 'in', [groupStep, membersStep]).execute();
}

const dueAfter = (ms: number): RawBuilder<Date> => sql<Date>`now() + ${ms} * (0.95 + random() / 10) * interval '1 ms'`;

async function recordGroup(
  ledger: Ledger,
  tx: Tx,
  { attempt, result, isOutdated }: { attempt: GroupAttempt; result: GroupResult; isOutdated: boolean },
): Promise<void> {
  const { name, problem, members } = result;
  const isSo = problem === null;
  await tx
    .updateTable('mirror_groups')
    .set({
      ...(name === null ? {} : { group_name: name }),
      ...(isSo ? { written_version: attempt.version, pushed_at: ledger.now() } : {}),
      ...(members === null ? {} : { members: members.kept + members.add.length + members.waiting.length }),
      ...problemColumns(ledger, problem),
      lease_id: null,
      leased_until: null,
      check_due_at: isOutdated
        ? sql<Date>`now()`
        : dueAfter(isSo ? groupTimes.compareEveryMs : groupTimes.problemRetryMs),
    })
    .where('id', '=', attempt.id)
    .execute();
}

const problemColumns = (
  ledger: Ledger,
  problem: GroupProblem | null,
): { problem: GroupProblem | null; problem_since: RawBuilder<Date> | null } => ({
  problem,
  problem_since:
    problem === null
      ? null
      : sql<Date>`case when problem = ${problem} then problem_since else ${ledger.now()}::timestamptz end`,
});

/** Ends an attempt at the members of a group. @returns whether there is another job */
export async function finishMembers(
  ledger: Ledger,
  attempt: GroupAttempt,
  problem: GroupProblem | null,
): Promise<boolean> {
  const isMore = await ledger.db.transaction().execute(async (tx) => {
    if ((await lockLeased(tx, attempt)) === null) return false;
    // A transaction whose due membership is not seen here publishes the message again: only this one is removed.
    const dispatchId = await dispatchIdOf(tx, { id: attempt.id, step: membersStep });
    const isNext = problem === null && attempt.hubGroupId !== null && (await isAnyDue(tx, attempt.id));
    await tx
      .updateTable('mirror_groups')
      .set({
        lease_id: null,
        leased_until: null,
        ...(problem === null
          ? { pushed_at: ledger.now() }
          : { ...problemColumns(ledger, problem), check_due_at: dueAfter(groupTimes.problemRetryMs) }),
      })
      .where('id', '=', attempt.id)
      .execute();
    if (isNext) await again(tx, attempt, membersStep);
    else if (dispatchId !== null) await removeHubMessage(tx, { id: attempt.id, step: membersStep, dispatchId });
    return isNext;
  });
  if (isMore) ledger.notifier.notify();
  return isMore;
}

/** Ends an attempt of a tenant that has no hub now; the sweep makes another one later. */
export async function putOffGroup(ledger: Ledger, attempt: GroupAttempt): Promise<void> {
  await ledger.db.transaction().execute(async (tx) => {
    if ((await lockLeased(tx, attempt)) === null) return;
    await removeMessages(tx, attempt.id);
    await tx
      .updateTable('mirror_groups')
      .set({ lease_id: null, leased_until: null, check_due_at: dueAfter(groupTimes.problemRetryMs) })
      .where('id', '=', attempt.id)
      .execute();
  });
}
