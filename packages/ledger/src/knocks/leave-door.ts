import type { Ending, Visit } from '@keycourier/journey/context';

import type { Ledger } from '../open-ledger.ts';

/** Ends a visit: the card tells how, the lease is given back, and the knock knows when it is due again. */
export async function leaveDoor(ledger: Ledger, visit: Visit, ending: Ending): Promise<void> {
  const now = ledger.now();
  await ledger.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('card_executions')
      .set({ ended_at: now, outcome: ending.outcome, why: ending.why })
      .where('id', '=', visit.execution)
      .execute();
    await tx
      .updateTable('knocks')
      .set({ leased_until: null, execution_id: null, due_at: new Date(now.getTime() + (ending.afterMs ?? 0)) })
      .where('subject_id', '=', visit.shipment.id)
      .where('door', '=', visit.door)
      .where('execution_id', '=', visit.execution)
      .execute();
  });
}

/** Keeps a visit's door for another `leaseMs`. False when the visit has lost it, and must not act any more. */
export async function renewLease(ledger: Ledger, visit: Visit, leaseMs: number): Promise<boolean> {
  const renewed = await ledger.db
    .updateTable('knocks')
    .set({ leased_until: new Date(ledger.now().getTime() + leaseMs) })
    .where('subject_id', '=', visit.shipment.id)
    .where('door', '=', visit.door)
    .where('execution_id', '=', visit.execution)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}
