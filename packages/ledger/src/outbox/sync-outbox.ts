import { nextSteps } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { StepFailure } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import { backToOutbox, isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { afterFailure, recordOutage } from '../outages/record-outage.ts';
import { addMessages, priorityOf, priorityOfStep } from './add-messages.ts';

/**
 * Starts a query that makes the messages of a shipment those of its next steps. The caller adds the main statement; the
 * removed and the new messages, which are due now, are its parts `outbox_gone` and `outbox_added`.
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
    .with('outbox_added', () => {
      const rows = sql`select ${id}, step, ${tenant}, ${priorityOfStep(priorityOf(shipment))}
        from unnest(${stepNames}::text[]) as step`;
      return sql<{ step: string }>`(${addMessages(rows)})`;
    });
}

/** Publishes a shipment's messages again at once, except for a step that is running now. */
export async function retryNow(tx: Tx, shipmentId: string): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ due_at: sql`now()`, published_at: null, dispatch_id: sql`nextval('outbox_dispatch_id')`, failures: 0 })
    .where('subject_id', '=', shipmentId)
    .where(({ not }) => not(isRunning))
    .execute();
}

/** Ends an attempt of an event's message, which waits in the outbox until it is due again. */
export async function postponeMessage(
  ledger: Ledger,
  message: { subjectId: string; step: string },
  { afterMs, failure }: { afterMs: number; failure?: StepFailure | undefined },
): Promise<void> {
  await sql`
    with postponed as (
      update outbox set due_at = now() + ${afterMs} * interval '1 ms', attempts = attempts + 1, ${afterFailure(failure)},
        ${backToOutbox}
      where subject_id = ${message.subjectId} and step = ${message.step}
      returning tenant
    )
    ${recordOutage(failure, sql`select tenant from postponed`)}`.execute(ledger.db);
}
