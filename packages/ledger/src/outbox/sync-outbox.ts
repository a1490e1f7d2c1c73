import { owed } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Tx } from '../connect-ledger.ts';
import { priorityOf } from './priority.ts';
import { isUnderWay } from '../attempts/under-way.ts';

/**
 * Prepares a query that makes the knocks of a shipment the doors that it owes, as parts `knocks_gone` and `knocks_added`
 * of what is added to it: new ones are due now, and those that are no longer owed are gone.
 */
export function withKnocks(tx: Tx, shipment: Pick<Shipment, 'id' | 'tenant' | 'plan' | 'trigger'>) {
  const { id, tenant, plan } = shipment;
  const doors = owed(plan);
  return tx
    .with('knocks_gone', (db) =>
      db
        .deleteFrom('knocks')
        .where('subject_id', '=', id)
        .where(sql<boolean>`door <> all(${doors}::text[])`)
        .returning('door'),
    )
    .with('knocks_added', (db) =>
      db
        .insertInto('knocks')
        .columns(['subject_id', 'door', 'tenant', 'priority'])
        .expression(
          sql`select ${id}, door, ${tenant}, ${priorityOf(shipment)}::smallint from unnest(${doors}::text[]) as door`,
        )
        .onConflict((conflict) => conflict.columns(['subject_id', 'door']).doNothing())
        .returning('door'),
    );
}

/** Publishes a shipment's knocks again at once, but for a door that somebody is passing right now. */
export async function knockAgain(tx: Tx, shipmentId: string): Promise<void> {
  await tx
    .updateTable('knocks')
    .set({ due_at: sql`now()`, published_at: null, turn: sql`nextval('knock_turn')` })
    .where('subject_id', '=', shipmentId)
    .where(({ not }) => not(isUnderWay))
    .execute();
}
