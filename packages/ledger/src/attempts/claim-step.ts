import { isNext, isWaitingForSlot, mayReleaseSlot, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { ClaimResult, StepAttempt, TenantAtBegin } from '@keycourier/journey/ports/ledger';
import { mayOnlyRead, onlyReads } from '@keycourier/journey/steps/calls';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import { waitForPause } from '../outbox/sync-outbox.ts';
import { grantAfterMove, grantSlots } from '../shipments/grant-slots.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { releaseSlot } from '../shipments/release-slots.ts';
import { claimMessage, tenantAtBegin, withdrawClaim, type ClaimRequest } from './claim-message.ts';
import { expired } from './finish-attempt.ts';
import { readUnclaimed } from './open-attempt.ts';

/**
 * Claims a step for one attempt of `leaseMs`, which renewLease() prolongs. A step that the plan does not (or no longer)
 * have next is not claimed: this makes running a finished shipment's jobs again harmless (invariant 7). Leases use the
 * database's clock: a process whose own clock is ahead would start an attempt while another still runs.
 */
export async function claimStep(ledger: Ledger, request: ClaimRequest): Promise<ClaimResult> {
  const attempt = await claimMessage(ledger, ledger.db, request);
  if (attempt !== null) {
    if (isNext(attempt.shipment.plan, request.step)) return { outcome: 'claimed', attempt };
    await withdrawClaim(ledger.db, attempt);
  }
  return claimLocked(ledger, request);
}

/**
 * Begins an attempt. One that only reads before its end is claimed with its end: two of them at once do no harm, and of two
 * ends the second writes nothing.
 */
export async function openStep(ledger: Ledger, request: ClaimRequest): Promise<ClaimResult> {
  if (!mayOnlyRead(request.step)) return claimStep(ledger, request);
  const attempt = await readUnclaimed(ledger, request);
  const isOpened = attempt !== null && isNext(attempt.shipment.plan, request.step) && onlyReads(attempt);
  return isOpened ? { outcome: 'claimed', attempt } : claimStep(ledger, request);
}

/** The same under the lock of the shipment, with the reason where it is refused. */
async function claimLocked(ledger: Ledger, request: ClaimRequest): Promise<ClaimResult> {
  const { result, isDue, waitsIn } = await ledger.db.transaction().execute(async (tx) => {
    const tried = await tryClaim(ledger, tx, request);
    // While this transaction holds the lock, no other can grant it a slot.
    const mayFreeSlot = tried.outcome === 'not_next' && isWaitingForSlot(tried.shipment.plan);
    const granted = mayFreeSlot ? await grantSlots(ledger, tx, tried.shipment.tenant) : [];
    return { result: tried, isDue: granted.length > 0, waitsIn: mayFreeSlot ? tried.shipment.tenant : null };
  });
  if (isDue) ledger.notifier.notify();
  if (waitsIn !== null) await grantAfterMove(ledger, waitsIn);
  return result;
}

async function tryClaim(ledger: Ledger, tx: Tx, request: ClaimRequest): Promise<ClaimResult> {
  const shipment = await lockIfThere(ledger, tx, request.shipmentId);
  if (shipment === null) return { outcome: 'not_found' };
  if (!isNext(shipment.plan, request.step)) {
    await removeMessage(tx, request);
    return { outcome: 'not_next', shipment };
  }
  const { pausedMs, pauseReason, pauseService, isProbe, isProcessing, dispatchId, leasedMs } = await readConditions(
    tx,
    shipment,
    request.step,
  );
  if (!isProcessing && mayReleaseSlot(shipment.plan))
    return { outcome: 'not_next', shipment: await releaseSlot(ledger, tx, shipment) };
  if (pausedMs > 0 && !isProbe) {
    await waitForPause(tx, { subjectId: request.shipmentId, step: request.step }, { pausedMs, pauseService });
    return { outcome: 'tenant_paused', retryAfterMs: pausedMs, reason: pauseReason ?? 'paused' };
  }
  if (dispatchId !== null && request.dispatchId !== null && dispatchId !== request.dispatchId)
    return { outcome: 'superseded' };
  if (leasedMs !== null && leasedMs > 0) return { outcome: 'already_running', retryAfterMs: leasedMs };
  if (leasedMs !== null) await recordExpired(ledger, tx, request);
  return { outcome: 'claimed', attempt: await startAttempt(ledger, tx, { ...request, shipment }) };
}

/** A move removes the messages of steps that are no longer next. After an upgrade of the plan this does, or the sweep would publish them for ever. */
async function removeMessage(tx: Tx, { shipmentId, step }: ClaimRequest): Promise<void> {
  await tx.deleteFrom('outbox').where('subject_id', '=', shipmentId).where('step', '=', step).execute();
}

async function lockIfThere(ledger: Ledger, tx: Tx, shipmentId: string): Promise<Shipment | null> {
  return lockShipment(ledger, tx, shipmentId).catch((error: unknown) => {
    if (error instanceof LedgerError && error.code === 'shipment_missing') return null;
    throw error;
  });
}

interface Conditions {
  /** 0 or less when the tenant is not paused. */
  pausedMs: number;
  pauseReason: string | null;
  pauseService: string | null;
  /** The step tries, during the pause, whether it is still right. */
  isProbe: boolean;
  isProcessing: boolean;
  dispatchId: string | null;
  /** 0 or less when the last attempt's lease ran out; null when that attempt was finished. */
  leasedMs: number | null;
}

/** Everything besides the plan that may refuse a claim. After waiting for the row lock, only this statement's time is current. */
async function readConditions(tx: Tx, { id, tenant }: Shipment, step: StepName): Promise<Conditions> {
  const { rows } = await sql<Conditions>`
    select
      coalesce(ceil(extract(epoch from paused_until - statement_timestamp()) * 1000), 0)::float8 as "pausedMs",
      pause_reason as "pauseReason",
      pause_service as "pauseService",
      coalesce(is_probe, false) as "isProbe",
      coalesce(enabled, true) as "isProcessing",
      dispatch_id as "dispatchId",
      (
        select ceil(extract(epoch from max(leased_until) - statement_timestamp()) * 1000)::float8
        from step_attempts where shipment_id = ${id} and step = ${step} and ended_at is null
      ) as "leasedMs"
    from (select) as here
      left join outbox on subject_id = ${id} and step = ${step}
      left join tenants on name = ${tenant}
      left join flows on flows.tenant = ${tenant} and slug = 'process-shipments'`.execute(tx);
  const [conditions] = rows;
  if (conditions === undefined) throw new LedgerError('bad_row', `The conditions of ${step} of ${id} cannot be read`);
  return conditions;
}

async function recordExpired(ledger: Ledger, tx: Tx, { shipmentId, step }: ClaimRequest): Promise<void> {
  await tx
    .updateTable('step_attempts')
    .set({ ended_at: ledger.now(), ...expired })
    .where('shipment_id', '=', shipmentId)
    .where('step', '=', step)
    .where('ended_at', 'is', null)
    .execute();
}

async function startAttempt(
  ledger: Ledger,
  tx: Tx,
  { shipment, step, leaseMs }: { shipment: Shipment; step: StepName; leaseMs: number },
): Promise<StepAttempt> {
  const id = newId('run');
  const { rows } = await sql<TenantAtBegin & { number: number; failures: number }>`
    with claimed as (
      insert into outbox (subject_id, step, tenant, published_at, attempts)
      values (${shipment.id}, ${step}, ${shipment.tenant}, now(), 1)
      on conflict (subject_id, step) do update set attempts = outbox.attempts + 1
      returning attempts, failures
    ), started as (
      insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until)
      select ${id}, ${shipment.id}, ${step}, attempts, ${ledger.now()}, statement_timestamp() + ${leaseMs} * interval '1 ms'
      from claimed
    )
    select attempts as number, failures, ${tenantAtBegin(sql`${shipment.tenant}`)} from claimed`.execute(tx);
  const [begun = { number: 1, failures: 0, flowsOff: [], hasDirectory: true }] = rows;
  return { step, shipment, id, ...begun };
}
