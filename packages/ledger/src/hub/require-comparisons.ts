import { comparisonSteps, type ComparisonKind } from '@keycourier/journey/ports/hub-comparisons';
import { sql, type RawBuilder } from 'kysely';

import { inTransaction, type Database, type Ledger, type Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { dispatchHub } from './lease.ts';

/** The one home of these limits (docs/limits.md). */
export const comparisonLimits = {
  /** Runs of a kind whose reports are kept. */
  keptRuns: 30,
  /** Runs whose messages one run of the sweep makes anew, and links whose runs it starts. */
  perSweep: 100,
  minEveryMs: 3_600_000,
  maxEveryMs: 30 * 86_400_000,
} as const;

/** Nothing waits for a page: all else of the hub comes first. */
export const comparisonPriority = priorities.dryRun;

interface NewComparison {
  tenant: string;
  kind: ComparisonKind;
  isDryRun: boolean;
  requestedBy: string;
}

export interface RequestedRun {
  /** `another_runs`: a dry run goes on where one that writes is wanted, or the other way round. */
  outcome: 'requested' | 'another_runs';
  id: string;
  /** This request started it. */
  isNew: boolean;
}

/** Starts a run. One that goes on, or is held, is the one that is wanted: a link has one of a kind. */
export async function requestComparison(
  db: Database | Tx,
  { tenant, kind, isDryRun, requestedBy }: NewComparison,
): Promise<RequestedRun> {
  return inTransaction(db, async (tx) => {
    const id = newId('cmp');
    const made = await tx
      .insertInto('comparisons')
      .values({ id, tenant, kind, dry_run: isDryRun, requested_by: requestedBy })
      .onConflict((conflict) => conflict.columns(['tenant', 'kind']).where('ended_at', 'is', null).doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows === 1n) {
      await dispatchHub(tx, comparisonSteps[kind], { ids: [id], tenant, priority: comparisonPriority });
      return { outcome: 'requested', id, isNew: true };
    }
    const open = await tx
      .selectFrom('comparisons')
      .select(['id', 'dry_run'])
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    // It has ended between the two statements.
    if (open === undefined) return requestComparison(tx, { tenant, kind, isDryRun, requestedBy });
    return { outcome: open.dry_run === isDryRun ? 'requested' : 'another_runs', id: open.id, isNew: false };
  });
}

/**
 * Something changed for which everyone of a link is to be compared: a run starts now, and where one goes on already, another
 * one follows it. A link without people has none, nor has one whose source is the hub.
 */
export async function compareAnew(
  db: Database | Tx,
  { tenant, requestedBy }: Pick<NewComparison, 'tenant' | 'requestedBy'>,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<{ has: boolean }>`select ${pushesPeople(sql`${tenant}`)} as has`.execute(tx);
    if (!rows.some(({ has }) => has)) return;
    // Before the run, in which order the sweep locks the two.
    await sql`select from hub_settings where tenant = ${tenant} for update`.execute(tx);
    const { isNew } = await requestComparison(tx, { tenant, kind: 'people', isDryRun: false, requestedBy });
    await sql`
      update hub_settings set compare_due_at = case when ${isNew} then ${nextDue} else now() end
      where tenant = ${tenant}`.execute(tx);
  });
}

/** The link changed: everyone is compared, and those whom the hub refused are tried again, some at each run of the sweep. */
export async function compareAfterChange(db: Database | Tx, tenant: string): Promise<void> {
  await sql`
    update mirrors set version = version + 1, check_due_at = now()
    where tenant = ${tenant} and problem is not null`.execute(db);
  await compareAnew(db, { tenant, requestedBy: 'settings' });
}

const nextDue = sql`now() + compare_every_ms * interval '1 ms'`;

const pushesPeople = (tenant: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`
  ((exists (select from link_assignments where link_assignments.tenant = ${tenant})
    or exists (select from mirrors where mirrors.tenant = ${tenant}))
    and not exists (select from hub_settings where hub_settings.tenant = ${tenant} and sources))`;

/** Starts the runs that are due, and makes messages for those that have none. @returns how many messages were added */
export async function sweepComparisons(ledger: Ledger, limit: number = comparisonLimits.perSweep): Promise<number> {
  const started = await startDue(ledger, limit);
  const { rows } = await sql<{ id: string; tenant: string; kind: ComparisonKind }>`
    select id, tenant, kind from comparisons
    where ended_at is null and state <> 'held'
      and not exists (select from outbox where subject_id = comparisons.id) limit ${limit}`.execute(ledger.db);
  for (const { id, tenant, kind } of rows)
    await dispatchHub(ledger.db, comparisonSteps[kind], { ids: [id], tenant, priority: comparisonPriority });
  if (started + rows.length > 0) ledger.notifier.notify();
  return started + rows.length;
}

/** Of links that push people. One that is due while a run goes on is due until that one has ended. */
async function startDue(ledger: Ledger, limit: number): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ tenant: string }>`
      update hub_settings set compare_due_at = ${nextDue}
      where tenant in (
        select tenant from hub_settings as due
        where compare_due_at <= now()
          and not exists (select from comparisons where tenant = due.tenant and kind = 'people' and ended_at is null)
          and ${pushesPeople(sql.ref('due.tenant'))}
        order by compare_due_at limit ${limit} for update skip locked
      ) returning tenant`.execute(tx);
    for (const { tenant } of rows)
      await requestComparison(tx, { tenant, kind: 'people', isDryRun: false, requestedBy: 'schedule' });
    return rows.length;
  });
}
