import { nextSteps, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { StepFailure } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import { backToOutbox, isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { afterFailure, recordOutage } from '../outages/record-outage.ts';
import { priorityOfMessage } from './add-messages.ts';

export interface OutboxChange {
  shipment: Pick<Shipment, 'tenant' | 'plan' | 'trigger'>;
  /** How much later a new message is due; now where its step is not named. */
  dueAfterMs?: Partial<Record<StepName, number>>;
  /** The new message of this step is claimed at once, and due when the lease ends: nothing publishes it before. */
  claim?: { step: StepName; leaseMs: number } | undefined;
}

/**
 * The parts `outbox_gone` and `outbox_added` of a statement that make the messages of a shipment those of its next steps. The
 * statement has a part `moved` with the shipment's id, or no row where nothing is to change. The id is a value, not joined: where the outbox was
 * analyzed while it was empty, a join reads all of it for the one shipment.
 */
export function syncOutbox({ shipment, dueAfterMs = {}, claim }: OutboxChange): RawBuilder<unknown> {
  const { tenant, plan } = shipment;
  const names = nextSteps(plan);
  const next = names.map((step) => ({
    step,
    priority: priorityOfMessage(shipment, step),
    afterMs: step === claim?.step ? claim.leaseMs : (dueAfterMs[step] ?? 0),
    attempts: step === claim?.step ? 1 : 0,
  }));
  return sql`outbox_gone as (
    delete from outbox where subject_id = (select id from moved) and step <> all(${names}::text[]) returning step
  ), outbox_added as (
    insert into outbox (subject_id, step, tenant, priority, due_at, attempts)
    select moved.id, next.step, ${tenant}, next.priority, now() + after_ms * interval '1 ms', next.attempts
    from moved, ${asTable(next)} as next (step, priority, after_ms, attempts)
    on conflict (subject_id, step) do nothing returning step, attempts, due_at
  )`;
}

interface Next {
  step: StepName;
  priority: number;
  afterMs: number;
  attempts: number;
}

/** Mostly there is one: Postgres makes no scan of one row of values. */
const asTable = (next: readonly Next[]): RawBuilder<unknown> =>
  next.length === 0
    ? sql`(select ''::text, 0::smallint, 0::float8, 0 where false)`
    : sql`(values ${sql.join(
        next.map(
          ({ step, priority, afterMs, attempts }) =>
            sql`(${step}::text, ${priority}::smallint, ${afterMs}::float8, ${attempts}::integer)`,
        ),
      )})`;

/** Publishes a shipment's messages again at once, except for a step that is running now. */
export async function retryNow(tx: Tx, shipmentId: string): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ due_at: sql`now()`, published_at: null, dispatch_id: sql`nextval('outbox_dispatch_id')`, failures: 0 })
    .where('subject_id', '=', shipmentId)
    .where(({ not }) => not(isRunning))
    .execute();
}

/** The message waits in the outbox, where the end of the tenant's pause finds it. */
export async function waitForPause(
  tx: Tx,
  { subjectId, step }: { subjectId: string; step: string },
  { pausedMs, pauseService }: { pausedMs: number; pauseService: string | null },
): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({
      due_at: sql`statement_timestamp() + ${pausedMs} * interval '1 ms'`,
      waits_for: pauseService,
      published_at: null,
      dispatch_id: sql`nextval('outbox_dispatch_id')`,
    })
    .where('subject_id', '=', subjectId)
    .where('step', '=', step)
    .execute();
}

/** Ends an attempt of a message, of an event's only one where no step is named. It waits in the outbox until it is due again. */
export async function postponeMessage(
  ledger: Ledger,
  message: { subjectId: string; step?: string },
  { afterMs, failure }: { afterMs: number; failure?: StepFailure | undefined },
): Promise<void> {
  await sql`
    with postponed as (
      update outbox set due_at = now() + ${afterMs} * interval '1 ms', attempts = attempts + 1, ${afterFailure(failure)},
        ${backToOutbox}
      where subject_id = ${message.subjectId} ${message.step === undefined ? sql`` : sql`and step = ${message.step}`}
      returning tenant
    )
    ${recordOutage(failure, sql`select tenant from postponed`)}`.execute(ledger.db);
}
