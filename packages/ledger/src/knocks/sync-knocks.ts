import { sql } from 'kysely';

import { owed } from '@keycourier/journey/plan';
import type { Shipment } from '@keycourier/journey/shipment';

import type { Ledger, Tx } from '../open-ledger.ts';

/** Makes the knocks of a shipment the doors that it owes: new ones due now, those that are no longer owed gone. */
export async function syncKnocks(ledger: Ledger, tx: Tx, shipment: Shipment): Promise<void> {
  const doors = owed(shipment.plan);
  const gone = tx.deleteFrom('knocks').where('subject_id', '=', shipment.id);
  await (doors.length === 0 ? gone : gone.where('door', 'not in', doors)).execute();
  if (doors.length === 0) return;
  const added = await tx
    .insertInto('knocks')
    .values(doors.map((door) => ({ subject_id: shipment.id, door, tenant: shipment.tenant, due_at: ledger.now() })))
    .onConflict((conflict) => conflict.columns(['subject_id', 'door']).doNothing())
    .returning('door')
    .execute();
  if (added.length > 0) await wakeRelay(tx);
}

/** Tells every relay, when the transaction commits, that something is due. */
export async function wakeRelay(tx: Tx): Promise<void> {
  await sql`select pg_notify('keycourier_knocks', '')`.execute(tx);
}

/** Publishes a shipment's knocks again at once, but for a door that somebody is passing right now. */
export async function knockAgain(ledger: Ledger, tx: Tx, shipmentId: string): Promise<void> {
  const now = ledger.now();
  await tx
    .updateTable('knocks')
    .set({ due_at: now, published_at: null, turn: sql`nextval('knock_turn')` })
    .where('subject_id', '=', shipmentId)
    .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', now)]))
    .execute();
  await wakeRelay(tx);
}
