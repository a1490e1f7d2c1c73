import { sql } from 'kysely';

import { inTransaction, type Database, type Ledger, type Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { readAssignedGroups } from './assignments.ts';
import { dispatchHub, type LeasedTable } from './lease.ts';

export const mirrorLease = { table: 'mirrors', step: 'push-person' } as const satisfies LeasedTable;

/** The one home of these times and limits (docs/limits.md). */
export const mirrorTimes = {
  /** How often a person with a problem is tried again. */
  problemRetryMs: 6 * 3_600_000,
  /** People whose messages one run of the sweep makes anew. */
  perSweep: 200,
} as const;

export interface DuePeople {
  tenant: string;
  /** Ids in the spoke, each once. */
  userIds: readonly string[];
  priority: number;
  /** An operator asks for it: whom the hub deactivated is activated again. */
  isForced?: boolean;
}

/** Makes people due, those without a mirror too: for people who are known to be assigned. */
export async function requirePeople(db: Database | Tx, { tenant, userIds, ...due }: DuePeople): Promise<void> {
  if (userIds.length === 0) return;
  const { priority, isForced = false } = due;
  await inTransaction(db, async (tx) => {
    // In one order, in which all lock them.
    const { rows } = await sql<{ id: string }>`
      insert into mirrors (id, tenant, okta_user_id, is_forced)
      select id, ${tenant}, user_id, ${isForced}
      from unnest(${userIds.map(() => newId('mir'))}::text[], ${userIds.toSorted()}::text[]) as due (id, user_id)
      on conflict (tenant, okta_user_id) do update set version = mirrors.version + 1, wanted_at = now(),
        check_due_at = now(), is_forced = mirrors.is_forced or excluded.is_forced
      returning id`.execute(tx);
    await dispatchHub(tx, mirrorLease.step, { ids: rows.map(({ id }) => id), tenant, priority });
  });
}

/** Makes those of these people due who have a mirror, or are assigned by themselves. @returns whether any is */
export async function requireKnownPeople(db: Database | Tx, { userIds, ...due }: DuePeople): Promise<boolean> {
  const { tenant } = due;
  const { rows } = await sql<{ userId: string }>`
    select okta_user_id as "userId" from mirrors where tenant = ${tenant} and okta_user_id = any(${[...userIds]}::text[])
    union select spoke_id from link_assignments
    where tenant = ${tenant} and subject_kind = 'person' and spoke_id = any(${[...userIds]}::text[])`.execute(db);
  await requirePeople(db, { ...due, userIds: rows.map(({ userId }) => userId) });
  return rows.length > 0;
}

/** Whether events of a tenant's org may name people of a link: it has assignments or people, or is the hub of others. */
export async function isOfInterest(
  { db }: Pick<Ledger, 'db'>,
  { tenant, org }: { tenant: string; org: string },
): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    select exists (select from link_assignments where tenant = ${tenant})
      or exists (select from mirrors where tenant = ${tenant}) or exists (select from mirrors where hub_org = ${org}) as is`.execute(
    db,
  );
  return rows.some(({ is }) => is);
}

/** Makes the person due whom an event of a tenant's org names: by its ids alone. */
export async function requireByEvent(
  ledger: Ledger,
  event: { tenant: string; org: string; userId: string; groupId: string | null; priority: number },
): Promise<void> {
  const { tenant, org, userId, groupId, priority } = event;
  const due = { tenant, userIds: [userId], priority };
  const isOfGroup = groupId !== null && (await readAssignedGroups(ledger, tenant)).includes(groupId);
  if (isOfGroup) await requirePeople(ledger.db, due);
  const isKnown = isOfGroup || (await requireKnownPeople(ledger.db, due));
  const isOfHub = await requireByHubUsers(ledger.db, { hubOrg: org, hubUserIds: [userId], priority });
  if (isKnown || isOfHub) ledger.notifier.notify();
}

/** Makes the people due whose mirrors in a hub these are: for events of the hub itself. */
export async function requireByHubUsers(
  db: Database | Tx,
  { hubOrg, hubUserIds, priority }: { hubOrg: string; hubUserIds: readonly string[]; priority: number },
): Promise<boolean> {
  const rows = await db
    .selectFrom('mirrors')
    .select(['tenant', 'okta_user_id'])
    .where('hub_org', '=', hubOrg)
    .where('hub_user_id', 'in', hubUserIds)
    .execute();
  for (const { tenant, okta_user_id: userId } of rows) await requirePeople(db, { tenant, userIds: [userId], priority });
  return rows.length > 0;
}

/** Makes messages for people who are due and have none. @returns how many were added */
export async function sweepMirrors(
  ledger: Ledger,
  { priority, limit = mirrorTimes.perSweep }: { priority: number; limit?: number },
): Promise<number> {
  const { rows } = await sql<{ id: string; tenant: string }>`
    select id, tenant from mirrors
    where check_due_at <= now() and not exists (
      select from outbox where subject_id = mirrors.id and step = ${mirrorLease.step}
    ) order by check_due_at limit ${limit}`.execute(ledger.db);
  for (const tenant of new Set(rows.map((row) => row.tenant))) {
    const ids = rows.flatMap((row) => (row.tenant === tenant ? [row.id] : []));
    await dispatchHub(ledger.db, mirrorLease.step, { ids, tenant, priority });
  }
  if (rows.length > 0) ledger.notifier.notify();
  return rows.length;
}
