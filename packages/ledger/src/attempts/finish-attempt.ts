import type { Ending, Visit } from '@keycourier/journey/ports/context';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/**
 * Ends a visit: the card tells how, others may come in, and the knock knows when it is due again. Who comes back after
 * the lease ran out and somebody else came in still tells the card, but no more than that.
 */
export async function leaveDoor(ledger: Ledger, visit: Visit, ending: Ending): Promise<void> {
  // The card before the knock, as enterDoor() does: both at once must not wait for each other.
  await sql`
    with visit as (
      select id, ended_at is null as lasts from card_executions where id = ${visit.execution} for update
    ), ended as (
      update card_executions set ended_at = ${ledger.now()}, outcome = ${ending.outcome}, why = ${ending.why}
      from visit where card_executions.id = visit.id
    )
    update knocks set due_at = now() + ${ending.afterMs ?? 0} * interval '1 ms'
    from visit
    where lasts and subject_id = ${visit.shipment.id} and door = ${visit.door}`.execute(ledger.db);
}

/** Keeps a visit's door for another `leaseMs`. False when the visit has lost it, and must not act any more. */
export async function renewLease(ledger: Ledger, visit: Visit, leaseMs: number): Promise<boolean> {
  const renewed = await ledger.db
    .updateTable('card_executions')
    .set({ leased_until: sql`now() + ${leaseMs} * interval '1 ms'` })
    .where('id', '=', visit.execution)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}
