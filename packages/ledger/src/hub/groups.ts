import {
  isMemberProblem,
  type GroupProblem,
  type GroupTarget,
  type MemberProblem,
} from '@keycourier/journey/hub/group-changes';
import { sql } from 'kysely';

import { inTransaction, type Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { dispatchHub } from './lease.ts';
import { deleteMapping, groupStep, removeMessages } from './push-groups.ts';

/** `pending`: something of it is to be written. */
export const pushStatuses = ['active', 'pending', 'paused', 'problem', 'deleting'] as const;

/** A group of a spoke that is pushed to the hub. */
export interface PushedGroup {
  id: string;
  /** In the spoke, with its name as it was last read. */
  groupId: string;
  name: string | null;
  target: GroupTarget;
  targetId: string | null;
  targetName: string | null;
  hubGroupId: string | null;
  status: (typeof pushStatuses)[number];
  problem: GroupProblem | null;
  problemSince: Date | null;
  /** When its name, or some of its members, were last brought to the hub, or found there. */
  pushedAt: Date | null;
  /** In the spoke, as of the last comparison as a whole. */
  members: number | null;
  due: number;
  /** Members without a user in the hub. */
  waiting: number;
  refused: readonly { code: MemberProblem; people: number }[];
}

export interface NewMapping {
  tenant: string;
  groupId: string;
  target: GroupTarget;
  targetId?: string | null;
  targetName?: string | null;
  createdBy: string;
}

/** Null where the spoke's group has a mapping. */
export async function createMapping(ledger: Ledger, mapping: NewMapping): Promise<PushedGroup | null> {
  const { tenant, groupId, target, targetId = null, targetName = null, createdBy } = mapping;
  const id = newId('hgm');
  const isMade = await inTransaction(ledger.db, async (tx) => {
    const made = await tx
      .insertInto('mirror_groups')
      .values({
        id,
        tenant,
        okta_group_id: groupId,
        target,
        target_id: targetId,
        target_name: targetName,
        created_by: createdBy,
      })
      .onConflict((conflict) => conflict.columns(['tenant', 'okta_group_id']).doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) return false;
    await dispatchHub(tx, groupStep, { ids: [id], tenant, priority: priorities.request });
    return true;
  });
  if (!isMade) return null;
  ledger.notifier.notify();
  return readMapping(ledger, tenant, id);
}

export async function readMapping(ledger: Ledger, tenant: string, id: string): Promise<PushedGroup | null> {
  const [found = null] = await readMappings(ledger, { tenant, id, after: null, limit: 1 });
  return found;
}

interface Row extends Omit<PushedGroup, 'status' | 'refused'> {
  isPaused: boolean;
  isDeleting: boolean;
  isPending: boolean;
  refused: Partial<Record<MemberProblem, number>> | null;
}

interface MappingQuery {
  tenant: string;
  after: string | null;
  limit: number;
  id?: string;
  /** Only those that something keeps from the hub. */
  hasProblem?: boolean;
}

/** A page of a tenant's mappings, in the order in which they were made, after one of them. */
export async function readMappings(
  { db }: Pick<Ledger, 'db'>,
  { tenant, after, limit, id, hasProblem = false }: MappingQuery,
): Promise<readonly PushedGroup[]> {
  const { rows } = await sql<Row>`
    select id, okta_group_id as "groupId", group_name as name, target, target_id as "targetId", target_name as "targetName",
      hub_group_id as "hubGroupId", problem, problem_since as "problemSince", pushed_at as "pushedAt", members,
      is_paused as "isPaused", is_deleting as "isDeleting", written_version is distinct from version as "isPending",
      coalesce(counted.due, 0)::int as due, coalesce(counted.waiting, 0)::int as waiting, refused
    from mirror_groups left join lateral (
      select sum(people) filter (where is_due) as due, sum(people) filter (where not is_due and problem is null) as waiting,
        jsonb_object_agg(problem, people) filter (where not is_due and problem is not null) as refused
      from (
        select is_due, problem, count(*) as people from mirror_members where group_id = id group by is_due, problem
      ) as member
    ) as counted on true
    where tenant = ${tenant} and (${id ?? null}::text is null or id = ${id ?? null}) and id > ${after ?? ''}
      and (problem is not null or not ${hasProblem})
    order by id limit ${limit}`.execute(db);
  return rows.map(({ isPaused, isDeleting, isPending, refused, ...row }) => ({
    ...row,
    status: statusOf({ ...row, isPaused, isDeleting, isPending }),
    refused: Object.entries(refused ?? {}).flatMap(([code, people]) =>
      isMemberProblem(code) ? [{ code, people }] : [],
    ),
  }));
}

export interface MappingCounts {
  groups: number;
  /** Those that something keeps from the hub. */
  problems: number;
}

export async function countMappings({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<MappingCounts> {
  const { rows } = await sql<MappingCounts>`
    select count(*)::int as groups, count(problem)::int as problems from mirror_groups where tenant = ${tenant}`.execute(
    db,
  );
  return rows[0] ?? { groups: 0, problems: 0 };
}

function statusOf(row: Pick<Row, 'isPaused' | 'isDeleting' | 'isPending' | 'problem' | 'due'>): PushedGroup['status'] {
  if (row.problem !== null) return 'problem';
  if (row.isDeleting) return 'deleting';
  if (row.isPaused) return 'paused';
  return row.isPending || row.due > 0 ? 'pending' : 'active';
}

interface Reference {
  tenant: string;
  id: string;
}

/** Makes a group due as a whole: *push now*, and what ends a pause. False where there is no such mapping. */
export async function pushNow(ledger: Ledger, { tenant, id }: Reference): Promise<boolean> {
  return change(ledger, { tenant, id }, { is_paused: false });
}

/** What is due is compared as a whole when the pause ends. False where there is no such mapping, or its group is being deleted. */
export async function pauseMapping(ledger: Ledger, { tenant, id }: Reference): Promise<boolean> {
  return inTransaction(ledger.db, async (tx) => {
    const paused = await tx
      .updateTable('mirror_groups')
      .set({ is_paused: true })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('is_deleting', '=', false)
      .executeTakeFirst();
    if (paused.numUpdatedRows > 0n) await removeMessages(tx, id);
    return paused.numUpdatedRows > 0n;
  });
}

/** Ends a mapping. What the hub has stays, unless its group is to be deleted: then the mapping ends once it is. */
export async function unlinkGroup(
  ledger: Ledger,
  { tenant, id, deletesTarget }: Reference & { deletesTarget: boolean },
): Promise<boolean> {
  if (deletesTarget) return change(ledger, { tenant, id }, { is_paused: false, is_deleting: true });
  return inTransaction(ledger.db, async (tx) => {
    const found = await tx
      .selectFrom('mirror_groups')
      .select('id')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (found !== undefined) await deleteMapping(tx, id);
    return found !== undefined;
  });
}

async function change(
  ledger: Ledger,
  { tenant, id }: Reference,
  changes: { is_paused: boolean; is_deleting?: boolean },
): Promise<boolean> {
  const isChanged = await inTransaction(ledger.db, async (tx) => {
    const changed = await tx
      .updateTable('mirror_groups')
      .set({ ...changes, version: sql`version + 1`, check_due_at: sql<Date>`now()` })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) return false;
    await dispatchHub(tx, groupStep, { ids: [id], tenant, priority: priorities.request });
    return true;
  });
  if (isChanged) ledger.notifier.notify();
  return isChanged;
}
