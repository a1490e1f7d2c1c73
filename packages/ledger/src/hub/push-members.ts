import { isMemberProblem } from '@keycourier/journey/hub/group-changes';
import type { DueMember, GroupAttempt, GroupResult, MemberEnd } from '@keycourier/journey/ports/hub-groups';
import { sql } from 'kysely';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';

/**
 * One of two comes first: a person gets a user in the hub, or a comparison that has not seen that user finds who waits for one.
 * The second then sees what the first wrote.
 */
export const lockWaiting = (tx: Database | Tx, tenant: string, mode: 'link' | 'compare'): Promise<unknown> =>
  sql`select ${mode === 'link' ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`}(
    hashtextextended(${['hub members', tenant].join('\n')}, 0))`.execute(tx);

/** A row that an event made due meanwhile stays: the spoke is asked about it. @returns whether any is due */
export async function compareRows(
  tx: Tx,
  { id, tenant }: GroupAttempt,
  { add, remove, waiting }: NonNullable<GroupResult['members']>,
): Promise<boolean> {
  // Before any row is locked, in which order those who link lock them, too.
  if (waiting.length > 0) await lockWaiting(tx, tenant, 'compare');
  const [users, wanted, due] = [
    [...add, ...remove, ...waiting],
    [...add.map(() => true), ...remove.map(() => false), ...waiting.map(() => true)],
    [...add.map(() => true), ...remove.map(() => true), ...waiting.map(() => false)],
  ];
  await sql`
    delete from mirror_members where group_id = ${id} and not (is_due and wanted is null)
      and okta_user_id <> all(${users}::text[])`.execute(tx);
  await sql`
    insert into mirror_members as known (group_id, tenant, okta_user_id, wanted, is_due)
    select ${id}, ${tenant}, user_id, wanted, is_due
    from unnest(${users}::text[], ${wanted}::boolean[], ${due}::boolean[]) as found (user_id, wanted, is_due)
    on conflict (group_id, okta_user_id) do update set wanted = excluded.wanted, is_due = excluded.is_due, problem = null
      where not (known.is_due and known.wanted is null)`.execute(tx);
  if (waiting.length > 0) await wakeLinked(tx, { id, tenant, waiting });
  return isAnyDue(tx, id);
}

/** Those who got their user in the hub after the comparison had looked for it. */
async function wakeLinked(
  tx: Tx,
  { id, tenant, waiting }: { id: string; tenant: string; waiting: readonly string[] },
): Promise<void> {
  await sql`
    update mirror_members set is_due = true from mirrors join mirror_groups on mirror_groups.hub_org = mirrors.hub_org
    where mirror_groups.id = ${id} and group_id = ${id} and mirrors.tenant = ${tenant} and hub_user_id is not null
      and mirrors.okta_user_id = mirror_members.okta_user_id
      and mirror_members.okta_user_id = any(${[...waiting]}::text[])`.execute(tx);
}

export async function isAnyDue(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`select from mirror_members where group_id = ${id} and is_due limit 1`.execute(tx);
  return rows.length > 0;
}

/** The next memberships of a group that are to be written. */
export async function readDueMembers(
  ledger: Ledger,
  { id, tenant, hubOrg }: GroupAttempt,
  limit: number,
): Promise<readonly DueMember[]> {
  const { rows } = await sql<DueMember>`
    select member.okta_user_id as "userId", wanted, hub_user_id as "hubUserId", member.version::text as version
    from mirror_members as member left join mirrors on mirrors.tenant = ${tenant} and hub_org = ${hubOrg}
      and mirrors.okta_user_id = member.okta_user_id
    where group_id = ${id} and is_due order by member.okta_user_id limit ${limit}`.execute(ledger.db);
  return rows;
}

/** Records how memberships ended, unless they are due anew by now. */
export async function recordMembers(
  ledger: Ledger,
  { id, leaseId }: GroupAttempt,
  ends: readonly MemberEnd[],
): Promise<void> {
  const problems = ends.map(({ end }) => (isMemberProblem(end) ? end : null));
  await sql`
    with ended as (
      select * from unnest(${ends.map(({ userId }) => userId)}::text[], ${ends.map(({ version }) => version)}::bigint[],
        ${ends.map(({ end }) => end === 'done')}::boolean[], ${problems}::text[]) as ended (user_id, version, is_done, problem)
      where exists (select from mirror_groups where id = ${id} and lease_id = ${leaseId})
    ), gone as (
      delete from mirror_members using ended where group_id = ${id} and okta_user_id = user_id
        and mirror_members.version = ended.version and is_done
    )
    update mirror_members set is_due = false, wanted = case when ended.problem is null then true else wanted end,
      problem = ended.problem from ended
    where group_id = ${id} and okta_user_id = user_id and mirror_members.version = ended.version and not is_done`.execute(
    ledger.db,
  );
}
