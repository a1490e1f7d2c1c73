import { isMemberProblem } from '@keycourier/journey/hub/group-changes';
import type { DueMember, GroupAttempt, GroupResult, MemberEnd } from '@keycourier/journey/ports/hub-groups';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';

/** A row that an event made due meanwhile stays: the spoke is asked about it. @returns whether any is due */
export async function compareRows(
  tx: Tx,
  { id, tenant }: GroupAttempt,
  { add, remove, waiting }: NonNullable<GroupResult['members']>,
): Promise<boolean> {
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
  return isAnyDue(tx, id);
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
