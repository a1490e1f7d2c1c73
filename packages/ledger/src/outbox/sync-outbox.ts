import { nextSteps } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import { isUnderWay } from '../attempts/under-way.ts';
import type { Tx } from '../connect-ledger.ts';
import { priorityOf } from './priority.ts';

/**
 * Prepares a query that makes the knocks of a shipment the doors that it owes, as parts `knocks_gone` and `knocks_added`
 * of what is added to it: new ones are due now, and those that are no longer owed are gone.
 */
export function syncOutbox(tx: Tx, shipment: Pick<Shipment, 'id' | 'tenant' | 'plan' | 'trigger'>) {
  const { id, tenant, plan } = shipment;
  const stepNames = nextSteps(plan);
  return tx
    .with('outbox_gone', (db) =>
      db
        .deleteFrom('outbox')
        .where('subject_id', '=', id)
        .where(sql<boolean>`step <> all(${stepNames}::text[])`)
        .returning('step'),
    )
    .with('outbox_added', (db) =>
      db
        .insertInto('outbox')
        .columns(['subject_id', 'step', 'tenant', 'priority'])
        .expression(
          sql`select ${id}, step, ${tenant}, ${priorityOf(shipment)}::smallint from unnest(${stepNames}::text[]) as step`,
        )
        .onConflict((conflict) => conflict.columns(['subject_id', 'step']).doNothing())
        .returning('step'),
    );
}

/** Publishes a shipment's knocks again at once, but for a door that somebody is passing right now. */
export async function retryNow(tx: Tx, shipmentId: string): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ due_at: sql`now()`, published_at: null, dispatch_id: sql`nextval('outbox_dispatch_id')` })
    .where('subject_id', '=', shipmentId)
    .where(({ not }) => not(isUnderWay))
    .execute();
}
