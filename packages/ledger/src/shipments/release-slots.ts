import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { lockSlots } from './grant-slots.ts';
import { isSlotReleasable, slotSteps } from './plan-predicates.ts';

/**
 * Releases the slots of a tenant in which no call was begun, so that no new order is made. A locked shipment is skipped:
 * its next claim releases its slot.
 */
export async function releaseSlots(ledger: Ledger, tx: Tx, tenant: string): Promise<void> {
  await lockSlots(tx, tenant);
  const { rows } = await sql<{ id: string }>`
    select id from shipments
    where tenant = ${tenant} and ${isSlotReleasable}
      and not exists (
        select from step_attempts
        where shipment_id = shipments.id and step = any(${slotSteps})
          and ended_at is null and leased_until > now()
      )
    for update skip locked`.execute(tx);
  await clearSlots(
    ledger,
    tx,
    rows.map(({ id }) => id),
  );
}

/** Takes the slot of a locked shipment, which then waits for one again. */
export async function releaseSlot(ledger: Ledger, tx: Tx, shipment: Shipment): Promise<Shipment> {
  await clearSlots(ledger, tx, [shipment.id]);
  return { ...shipment, plan: { ...shipment.plan, inSlot: false } };
}

async function clearSlots(ledger: Ledger, tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`
    with back as (
      update shipments set in_slot = false, updated_at = ${ledger.now()} where id = any(${ids}) returning id
    )
    delete from outbox using back
    where subject_id = back.id and step = any(${slotSteps})`.execute(tx);
}
