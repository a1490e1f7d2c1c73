import type { Entry, Visit } from '@keycourier/journey/ports/context';
import { isWaitingForSlot, owed, type Door } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import { LedgerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { mayStepBack, stepBack } from '../shipments/release-slots.ts';
import { fillSlots } from '../shipments/grant-slots.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { lost } from './under-way.ts';

interface Knocking {
  door: Door;
  shipmentId: string;
  turn: string | null;
  leaseMs: number;
}

/**
 * Claims a door for one visit of `leaseMs`, which renewLease() prolongs. A door that the plan does not (or no longer)
 * ask for is not entered: this is what makes running a finished shipment's jobs again harmless (invariant 7).
 * Leases are reckoned by the database's clock, or one process whose own is ahead would enter where another still works.
 */
export async function enterDoor(ledger: Ledger, knocking: Knocking): Promise<Entry> {
  const { entry, isDue } = await ledger.db.transaction().execute(async (tx) => {
    const tried = await tryDoor(ledger, tx, knocking);
    // Nobody else could let it in while we had it locked.
    const stirs = tried.outcome === 'not_owed' && isWaitingForSlot(tried.shipment.plan);
    const letIn = stirs ? await fillSlots(ledger, tx, tried.shipment.tenant) : [];
    return { entry: tried, isDue: letIn.length > 0 };
  });
  if (isDue) ledger.bell.ring();
  return entry;
}

async function tryDoor(ledger: Ledger, tx: Tx, knocking: Knocking): Promise<Entry> {
  const shipment = await lockIfThere(ledger, tx, knocking.shipmentId);
  if (shipment === null) return { outcome: 'missing' };
  if (!owed(shipment.plan).includes(knocking.door)) {
    await forget(tx, knocking);
    return { outcome: 'not_owed', shipment };
  }
  const { pausedMs, pauseReason, isProcessing, turn, leasedMs } = await lookAround(tx, shipment, knocking.door);
  if (!isProcessing && mayStepBack(shipment.plan))
    return { outcome: 'not_owed', shipment: await stepBack(ledger, tx, shipment) };
  if (pausedMs > 0) return { outcome: 'paused', retryAfterMs: pausedMs, reason: pauseReason ?? 'paused' };
  if (turn !== null && knocking.turn !== null && turn !== knocking.turn) return { outcome: 'superseded' };
  if (leasedMs !== null && leasedMs > 0) return { outcome: 'occupied', retryAfterMs: leasedMs };
  if (leasedMs !== null) await recordLost(ledger, tx, knocking);
  return { outcome: 'entered', visit: await claim(ledger, tx, shipment, knocking) };
}

/** A move takes back what it makes no longer owed; what an upgrade made so is taken back here, or the sweep would knock for ever. */
async function forget(tx: Tx, { shipmentId, door }: Knocking): Promise<void> {
  await tx.deleteFrom('knocks').where('subject_id', '=', shipmentId).where('door', '=', door).execute();
}

async function lockIfThere(ledger: Ledger, tx: Tx, shipmentId: string): Promise<Shipment | null> {
  return lockShipment(ledger, tx, shipmentId).catch((error: unknown) => {
    if (error instanceof LedgerError && error.code === 'shipment_missing') return null;
    throw error;
  });
}

interface Surroundings {
  /** 0 or less when the tenant is not paused. */
  pausedMs: number;
  pauseReason: string | null;
  isProcessing: boolean;
  turn: string | null;
  /** 0 or less when the last visit was left to its lease; null when it was left as it should be. */
  leasedMs: number | null;
}

/** Everything besides the plan that may keep a visit out. The row lock was waited for: only this statement's time is now. */
async function lookAround(tx: Tx, { id, tenant }: Shipment, door: Door): Promise<Surroundings> {
  const { rows } = await sql<Surroundings>`
    select
      coalesce(ceil(extract(epoch from paused_until - statement_timestamp()) * 1000), 0)::float8 as "pausedMs",
      pause_reason as "pauseReason",
      coalesce(enabled, true) as "isProcessing",
      turn,
      (
        select ceil(extract(epoch from max(leased_until) - statement_timestamp()) * 1000)::float8
        from card_executions where shipment_id = ${id} and card = ${door} and ended_at is null
      ) as "leasedMs"
    from (select) as here
      left join knocks on subject_id = ${id} and door = ${door}
      left join tenants on name = ${tenant}
      left join flows on flows.tenant = ${tenant} and slug = 'process-shipments'`.execute(tx);
  const [around] = rows;
  if (around === undefined) throw new LedgerError('bad_row', `Nothing is known around ${door} of ${id}`);
  return around;
}

async function recordLost(ledger: Ledger, tx: Tx, { shipmentId, door }: Knocking): Promise<void> {
  await tx
    .updateTable('card_executions')
    .set({ ended_at: ledger.now(), ...lost })
    .where('shipment_id', '=', shipmentId)
    .where('card', '=', door)
    .where('ended_at', 'is', null)
    .execute();
}

async function claim(ledger: Ledger, tx: Tx, shipment: Shipment, { door, leaseMs }: Knocking): Promise<Visit> {
  const execution = newId('run');
  const { rows } = await sql<{ attempt: number }>`
    with claimed as (
      insert into knocks (subject_id, door, tenant, published_at, attempts)
      values (${shipment.id}, ${door}, ${shipment.tenant}, now(), 1)
      on conflict (subject_id, door) do update set attempts = knocks.attempts + 1
      returning attempts
    )
    insert into card_executions (id, shipment_id, card, attempt, started_at, leased_until)
    select ${execution}, ${shipment.id}, ${door}, attempts, ${ledger.now()}, statement_timestamp() + ${leaseMs} * interval '1 ms'
    from claimed
    returning attempt`.execute(tx);
  return { door, shipment, attempt: rows[0]?.attempt ?? 1, execution };
}
