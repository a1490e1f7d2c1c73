import { comparisonSteps } from '@keycourier/journey/ports/hub-comparisons';
import { sql } from 'kysely';

import { inTransaction, type Database, type Ledger, type Tx } from '../connect-ledger.ts';
import { deleteOldRuns } from './comparisons.ts';
import { dispatchHub, removeHubMessage } from './lease.ts';
import { comparisonLimits, comparisonPriority, requestComparison, type RequestedRun } from './require-comparisons.ts';
import { isHubSource } from './sourcing.ts';

export type ImportRequest = {
  tenant: string;
  isDryRun: boolean;
  /** Everyone is read, and not only those who changed. */
  isFull: boolean;
  requestedBy: string;
};

export type RequestedImport =
  | RequestedRun
  /** The hub is not the source of the tenant's people: only dry runs are made. */
  | { outcome: 'sourcing_off' };

/** Starts an import, or a dry run of one. A run that goes on, or is held, is the one that is wanted. */
export async function requestImport(
  { db }: { db: Database | Tx },
  { tenant, isDryRun, isFull, requestedBy }: ImportRequest,
): Promise<RequestedImport> {
  return inTransaction(db, async (tx) => {
    if (!isDryRun && !(await isHubSource(tx, tenant))) return { outcome: 'sourcing_off' };
    if (isFull)
      await tx.updateTable('hub_settings').set({ source_full_due_at: null }).where('tenant', '=', tenant).execute();
    return requestComparison(tx, { tenant, kind: 'import', isDryRun, requestedBy });
  });
}

/** An operator lets a held import write what it found. False where there is no held one. */
export async function releaseImport(
  { db }: Pick<Ledger, 'db'>,
  { tenant, id }: { tenant: string; id: string },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await heldImport(tx, { tenant, id }).set({ state: 'writing' }).executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await dispatchHub(tx, comparisonSteps.import, { ids: [id], tenant, priority: comparisonPriority });
    return true;
  });
}

/**
 * An operator ends a held import: nothing is written. The next one, which finds the same unless it was corrected, comes when it
 * would have after this one, and not at once. False where there is no held one.
 */
export async function rejectImport(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  { tenant, id }: { tenant: string; id: string },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await heldImport(tx, { tenant, id })
      .set({ state: 'rejected', ended_at: now(), cursor: null })
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await sql`update hub_settings set source_due_at = ${nextImport} where tenant = ${tenant} and sources`.execute(tx);
    await deleteOldRuns(tx, { tenant, kind: 'import' });
    return true;
  });
}

/** Null where imports run on demand alone. */
const nextImport = sql`now() + source_every_ms * interval '1 ms'`;

/**
 * The settings changed: what an import found by the ones before, and holds or writes, says nothing any more. It ends with its
 * report. One that still reads begins again by itself.
 */
export async function endOutdatedImports(db: Database | Tx, tenant: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update comparisons set state = 'failed', problem = 'settings_changed', ended_at = now(), cursor = null,
      lease_id = null, leased_until = null
    where tenant = ${tenant} and kind = 'import' and state in ('held', 'writing') returning id`.execute(db);
  for (const { id } of rows) await removeHubMessage(db, { id, step: comparisonSteps.import });
}

const heldImport = (db: Database | Tx, { tenant, id }: { tenant: string; id: string }) =>
  db
    .updateTable('comparisons')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('kind', '=', 'import')
    .where('state', '=', 'held');

/** Starts the imports that are due. One that is due while a run goes on, or is held, is due until that one has ended. */
export async function sweepImports(ledger: Ledger, limit: number = comparisonLimits.perSweep): Promise<number> {
  const started = await ledger.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ tenant: string }>`
      update hub_settings set source_due_at = ${nextImport}
      where tenant in (
        select tenant from hub_settings as due
        where source_due_at <= now() and sources
          and not exists (select from comparisons where tenant = due.tenant and kind = 'import' and ended_at is null)
        order by source_due_at limit ${limit} for update skip locked
      ) returning tenant`.execute(tx);
    for (const { tenant } of rows)
      await requestComparison(tx, { tenant, kind: 'import', isDryRun: false, requestedBy: 'schedule' });
    return rows.length;
  });
  if (started > 0) ledger.notifier.notify();
  return started;
}
