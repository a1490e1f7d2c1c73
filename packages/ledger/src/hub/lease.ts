import { hubNameOf, type HubAttempt, type HubClaim } from '@keycourier/journey/ports/hub';
import type { StepFailure } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { postponeMessage, waitForPause } from '../outbox/sync-outbox.ts';

/** A table whose rows a step works on, each under a lease of its own: `id`, `tenant`, `lease_id`, `leased_until`. */
export interface LeasedTable {
  table: 'mirrors' | 'comparisons' | 'mirror_groups';
  step: string;
}

/**
 * Makes the messages of a tenant's rows due now. They are messages of its hub, whose org has limits and pauses of its own. One
 * that exists is published again, for its row has changed since.
 */
export async function dispatchHub(
  db: Database | Tx,
  step: string,
  { ids, tenant, priority }: { ids: readonly string[]; tenant: string; priority: number },
): Promise<void> {
  await sql`
    insert into outbox (subject_id, step, tenant, priority)
    select id, ${step}, ${hubNameOf(tenant)}, ${priority}::smallint from unnest(${[...ids]}::text[]) as id order by id
    on conflict (subject_id, step) do update set due_at = now(), published_at = null,
      dispatch_id = nextval('outbox_dispatch_id'), failures = 0, waits_for = null,
      priority = least(outbox.priority, excluded.priority)`.execute(db);
}

interface Conditions {
  dispatchId: string;
  failures: number;
  leasedMs: number;
  pausedMs: number;
  pauseReason: string | null;
  pauseService: string | null;
  isProbe: boolean;
}

/**
 * Claims a row for one attempt of `leaseMs`, which renewHubLease() prolongs. Leases use the database's clock.
 * @param read what else the attempt needs of the row, which is locked; null where it is gone
 */
export async function claimHub<Attempt extends HubAttempt>(
  ledger: Ledger,
  { table, step }: LeasedTable,
  request: {
    id: string;
    dispatchId: string | null;
    leaseMs: number;
    read: (tx: Tx) => Promise<Omit<Attempt, 'leaseId' | 'failures'> | null>;
    make: (row: Omit<Attempt, 'leaseId' | 'failures'>, lease: { leaseId: string; failures: number }) => Attempt;
  },
): Promise<HubClaim<Attempt>> {
  const { id, dispatchId, leaseMs } = request;
  return ledger.db.transaction().execute(async (tx) => {
    const row = await request.read(tx);
    // After waiting for the lock, only a statement of its own sees the message as it is now.
    const state = row === null ? null : await readConditions(tx, { table, step }, id);
    if (row === null || state === null) return { outcome: 'nothing_to_do' };
    if (dispatchId !== null && state.dispatchId !== dispatchId) return { outcome: 'superseded' };
    if (state.leasedMs > 0) return { outcome: 'already_running', retryAfterMs: Math.min(state.leasedMs, 2_000) };
    if (state.pausedMs > 0 && !state.isProbe) {
      await waitForPause(tx, { subjectId: id, step }, state);
      return { outcome: 'tenant_paused', retryAfterMs: state.pausedMs, reason: state.pauseReason ?? 'paused' };
    }
    const leaseId = newId('run');
    await sql`
      with leased as (
        update ${sql.table(table)} set lease_id = ${leaseId},
          leased_until = statement_timestamp() + ${leaseMs} * interval '1 ms' where id = ${id}
      )
      update outbox set attempts = attempts + 1 where subject_id = ${id} and step = ${step}`.execute(tx);
    return { outcome: 'claimed', attempt: request.make(row, { leaseId, failures: state.failures }) };
  });
}

async function readConditions(tx: Tx, { table, step }: LeasedTable, id: string): Promise<Conditions | null> {
  const { rows } = await sql<Conditions>`
    select dispatch_id as "dispatchId", failures, is_probe as "isProbe",
      coalesce(ceil(extract(epoch from leased_until - statement_timestamp()) * 1000), 0)::float8 as "leasedMs",
      coalesce(ceil(extract(epoch from paused_until - statement_timestamp()) * 1000), 0)::float8 as "pausedMs",
      pause_reason as "pauseReason", pause_service as "pauseService"
    from outbox join ${sql.table(table)} as leased on leased.id = subject_id left join tenants on name = outbox.tenant
    where subject_id = ${id} and step = ${step}`.execute(tx);
  return rows[0] ?? null;
}

/** Extends an attempt's lease by `leaseMs` from now. False when the attempt has lost it and must not act any more. */
export async function renewHubLease(
  ledger: Ledger,
  table: LeasedTable['table'],
  { id, leaseId, leaseMs }: Pick<HubAttempt, 'id' | 'leaseId'> & { leaseMs: number },
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update ${sql.table(table)} set leased_until = now() + ${leaseMs} * interval '1 ms'
    where id = ${id} and lease_id = ${leaseId}`.execute(ledger.db);
  return numAffectedRows > 0n;
}

/** Ends an attempt that is to be repeated after `afterMs`. */
export async function postponeHub(
  ledger: Ledger,
  { table, step }: LeasedTable,
  { id, leaseId, ...when }: Pick<HubAttempt, 'id' | 'leaseId'> & { afterMs: number; failure: StepFailure | undefined },
): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    update ${sql.table(table)} set lease_id = null, leased_until = null
    where id = ${id} and lease_id = ${leaseId}`.execute(ledger.db);
  if (numAffectedRows > 0n) await postponeMessage(ledger, { subjectId: id, step }, when);
}

interface HubMessage {
  id: string;
  step: string;
}

/** Which publication of a message is the newest; null where there is no message. */
export async function dispatchIdOf(tx: Tx, { id, step }: HubMessage): Promise<string | null> {
  const message = await tx
    .selectFrom('outbox')
    .select('dispatch_id')
    .where('subject_id', '=', id)
    .where('step', '=', step)
    .executeTakeFirst();
  return message?.dispatch_id ?? null;
}

/**
 * Removes the message of an attempt that has ended. Safe while the transaction has the lock of the row that says whether the
 * subject is due, as all have it who publish the message again. Where other rows say so, as a group's members do, it is removed
 * only as it was published before they were read.
 *
 * @param message.dispatchId of that publication
 */
export async function removeHubMessage(
  tx: Database | Tx,
  { id, step, dispatchId }: HubMessage & { dispatchId?: string },
): Promise<void> {
  let message = tx.deleteFrom('outbox').where('subject_id', '=', id).where('step', '=', step);
  if (dispatchId !== undefined) message = message.where('dispatch_id', '=', dispatchId);
  await message.execute();
}
