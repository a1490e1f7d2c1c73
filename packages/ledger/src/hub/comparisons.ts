import type { HubClaim } from '@keycourier/journey/ports/hub';
import {
  comparisonPhases,
  comparisonSteps,
  type ComparisonAttempt,
  type ComparisonCounts,
  type ComparisonEnd,
  type ComparisonStepName,
  type ComparisonNext,
  type ComparisonPhase,
} from '@keycourier/journey/ports/hub-comparisons';
import { sql } from 'kysely';
import { z } from 'zod';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { claimHub, dispatchHub, removeHubMessage } from './lease.ts';
import { comparisonLimits, comparisonPriority } from './require-comparisons.ts';
import type { ComparisonState } from './tables.ts';

/** Claims the next page of a run for one attempt. */
export const claimComparison = (
  ledger: Ledger,
  step: ComparisonStepName,
  request: { id: string; dispatchId: string | null; leaseMs: number },
): Promise<HubClaim<ComparisonAttempt>> =>
  claimHub<ComparisonAttempt>(
    ledger,
    { table: 'comparisons', step },
    { ...request, read: (tx) => lockComparison(tx, request.id), make: (row, lease) => ({ ...row, ...lease }) },
  );

/** Of a login; another one in each tenant. Okta's logins are equal without case and diacritics. */
export const loginIndex = ({ sealing }: Pick<Ledger, 'sealing'>, tenant: string, login: string): string =>
  sealing.blindIndex(['hub login', tenant, foldLogin(login)].join('\n'));

const foldLogin = (login: string): string => login.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

export const countsSchema = z.record(z.string(), z.number());

async function lockComparison(tx: Tx, id: string): Promise<Omit<ComparisonAttempt, 'leaseId' | 'failures'> | null> {
  const row = await tx
    .selectFrom('comparisons')
    .select(['tenant', 'kind', 'dry_run', 'state', 'cursor', 'settings_revision', 'counts'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || !isPhase(row.state)) return null;
  return {
    id,
    tenant: row.tenant,
    kind: row.kind,
    isDryRun: row.dry_run,
    phase: row.state,
    cursor: row.cursor,
    settingsRevision: row.settings_revision,
    counts: countsSchema.parse(row.counts),
  };
}

const isPhase = (state: ComparisonState): state is ComparisonPhase => comparisonPhases.some((phase) => phase === state);

/** What is written in the same transaction. @returns what is counted with it */
interface Written {
  write: (tx: Tx) => Promise<ComparisonCounts>;
}

/**
 * Records a page and where the run goes on, in one transaction with what `write` writes and counts: a worker that is killed
 * has recorded all of a page or nothing. Another job reads the next one.
 * @returns false where the attempt has lost its lease: nothing is written
 */
export async function recordPage(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { phase, cursor, settingsRevision, write }: ComparisonNext & Written,
): Promise<boolean> {
  const { id, tenant, kind } = attempt;
  const isRecorded = await whileLeased(ledger, attempt, async (tx) => {
    const counts = JSON.stringify(sumOf(attempt.counts, await write(tx)));
    await tx
      .updateTable('comparisons')
      .set({ state: phase, cursor, settings_revision: settingsRevision, counts, pages: sql`pages + 1`, ...freed })
      .where('id', '=', id)
      .execute();
    await dispatchHub(tx, comparisonSteps[kind], { ids: [id], tenant, priority: comparisonPriority });
  });
  if (isRecorded) ledger.notifier.notify();
  return isRecorded;
}

const freed = { started_at: sql<Date>`coalesce(started_at, now())`, lease_id: null, leased_until: null };

function sumOf(before: ComparisonCounts, added: ComparisonCounts): ComparisonCounts {
  const names = [...new Set([...Object.keys(before), ...Object.keys(added)])];
  return Object.fromEntries(names.map((name) => [name, (before[name] ?? 0) + (added[name] ?? 0)]));
}

/** Writes something of a run while its attempt has the lease. @returns false where it has lost it: nothing is written */
export async function whileLeased(
  ledger: Ledger,
  { id, leaseId }: ComparisonAttempt,
  run: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('comparisons')
      .select('id')
      .where('id', '=', id)
      .where('lease_id', '=', leaseId)
      .forUpdate()
      .executeTakeFirst();
    if (row !== undefined) await run(tx);
    return row !== undefined;
  });
}

/**
 * Ends a run, or holds it: it is open then, and its rows stay as they are. What an ended one read and found to be as wanted
 * goes, and so do hashes, and the oldest reports of its kind.
 * @returns false where the attempt has lost its lease: nothing is written
 */
export async function endComparison(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { write, ...end }: ComparisonEnd & Partial<Written>,
): Promise<boolean> {
  const { id, kind } = attempt;
  return whileLeased(ledger, attempt, async (tx) => {
    const counts = JSON.stringify(sumOf(attempt.counts, (await write?.(tx)) ?? {}));
    await tx
      .updateTable('comparisons')
      .set({ state: end.state, counts, ...freed, ...endedColumns(ledger, end) })
      .where('id', '=', id)
      .execute();
    await removeHubMessage(tx, { id, step: comparisonSteps[kind] });
    if (end.state === 'held') return;
    await keepReport(tx, id);
    await deleteOldRuns(tx, attempt);
  });
}

const endedColumns = (ledger: Ledger, end: ComparisonEnd) =>
  end.state === 'held'
    ? { held_share: end.share }
    : { ended_at: ledger.now(), cursor: null, problem: end.state === 'failed' ? end.problem : null };

async function keepReport(tx: Tx, id: string): Promise<void> {
  await sql`delete from compared_people where comparison_id = ${id} and outcome is null`.execute(tx);
  await sql`update compared_people set wanted_hash = null, login_index = null where comparison_id = ${id}`.execute(tx);
}

/** Of a link's runs of a kind that have ended, the newest are kept. */
export async function deleteOldRuns(
  tx: Database | Tx,
  { tenant, kind }: Pick<ComparisonAttempt, 'tenant' | 'kind'>,
): Promise<void> {
  await sql`
    delete from comparisons where id in (
      select id from comparisons where tenant = ${tenant} and kind = ${kind} and ended_at is not null
      order by requested_at desc, id desc offset ${comparisonLimits.keptRuns}
    )`.execute(tx);
}

/** Begins a run again: what it has read says nothing any more. @returns false where the attempt has lost its lease */
export const restartComparison = (ledger: Ledger, attempt: ComparisonAttempt): Promise<boolean> =>
  recordPage(
    ledger,
    { ...attempt, counts: {} },
    {
      phase: 'pending',
      cursor: null,
      settingsRevision: null,
      write: async (tx) => {
        await tx.deleteFrom('compared_people').where('comparison_id', '=', attempt.id).execute();
        return {};
      },
    },
  );
