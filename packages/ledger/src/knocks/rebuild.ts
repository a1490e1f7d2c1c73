import { sql } from 'kysely';

import { owed } from '@keycourier/journey/plan';

import type { Ledger } from '../open-ledger.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { fillSlots } from '../shipments/fill-slots.ts';
import { syncKnocks, wakeRelay } from './sync-knocks.ts';

/** Publishes every knock again, for a queue store that was lost (invariant 7). Jobs that are still there are answered twice, harmlessly. */
export async function publishEverythingAgain(ledger: Ledger): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const again = await tx
      .updateTable('knocks')
      .set({ published_at: null, turn: sql`nextval('knock_turn')` })
      .where('published_at', 'is not', null)
      .executeTakeFirst();
    await wakeRelay(tx);
    return Number(again.numUpdatedRows);
  });
}

/**
 * Mends open shipments whose knocks are not what the plan owes, and lets the lines move where a place is free but
 * nobody was let in: a pause that ran out, a grace that ended. Normally there is nothing to mend.
 * @returns the shipments that were mended
 */
export async function mendKnocks(ledger: Ledger, limit: number): Promise<readonly string[]> {
  const silent = await ledger.db
    .selectFrom('shipments')
    .select('id')
    .where('hold_code', 'is', null)
    .where((where) =>
      where.or([
        where('order_state', '=', 'requested'),
        where('in_slot', '=', true),
        where.and([where('order_state', '=', 'placed'), where.not(where.and([where('parcel_state', '=', 'delivered'), where('pin_state', '=', 'sealed')]))]),
      ]),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('knocks').select('door').whereRef('knocks.subject_id', '=', 'shipments.id'))),
    )
    .where('updated_at', '<', new Date(ledger.now().getTime() - 10_000))
    .limit(limit)
    .execute();
  const mended: string[] = [];
  for (const { id } of silent)
    await ledger.db.transaction().execute(async (tx) => {
      const shipment = await lockShipment(ledger, tx, id);
      if (owed(shipment.plan).length === 0) return;
      await syncKnocks(ledger, tx, shipment);
      mended.push(id);
    });
  await moveTheLines(ledger);
  return mended;
}

async function moveTheLines(ledger: Ledger): Promise<void> {
  const waiting = await ledger.db
    .selectFrom('shipments')
    .select('tenant')
    .distinct()
    .where('order_state', 'in', ['ready', 'enrolling', 'enrolled', 'placing'])
    .where('in_slot', '=', false)
    .where('profile_checked', '=', true)
    .where('hold_code', 'is', null)
    .where('dry_run', '=', false)
    .execute();
  for (const { tenant } of waiting) await ledger.db.transaction().execute((tx) => fillSlots(ledger, tx, tenant));
}
