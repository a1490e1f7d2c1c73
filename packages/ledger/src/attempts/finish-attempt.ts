import type { AttemptResult, StepAttempt } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { afterFailure, recordOutage } from '../outages/record-outage.ts';

/** Assignments to a row of `outbox` that the relay publishes again, once it is due: an earlier job of it does nothing more. */
export const backToOutbox = sql`published_at = null, dispatch_id = nextval('outbox_dispatch_id')`;

/**
 * Ends an attempt: stores its result, lets the next attempt start, and sets when the message is due again. One whose step is
 * to run later waits in the outbox; after one that threw, BullMQ repeats the job. A worker that
 * comes back after its lease ran out and another attempt started only stores the result of its own.
 */
export async function finishAttempt(ledger: Ledger, attempt: StepAttempt, result: AttemptResult): Promise<void> {
  // Locks the attempt before the message, as claimStep() does: in different orders the two could deadlock.
  await sql`
    with attempt as (
      select id, ended_at is null as is_open from step_attempts where id = ${attempt.id} for update
    ), ended as (
      update step_attempts set ended_at = ${ledger.now()}, outcome = ${result.outcome}, why = ${result.why}
      from attempt where step_attempts.id = attempt.id
    ), postponed as (
      update outbox set due_at = now() + ${result.afterMs ?? 0} * interval '1 ms', ${afterFailure(result.failure)}
        ${result.outcome === 'later' ? sql`, ${backToOutbox}` : sql``}
      from attempt
      where is_open and subject_id = ${attempt.shipment.id} and step = ${attempt.step}
      returning tenant
    )
    ${recordOutage(result.failure, sql`select tenant from postponed`)}`.execute(ledger.db);
}

/** Extends an attempt's lease by `leaseMs` from now. False when the attempt has lost it and must not act any more. */
export async function renewLease(ledger: Ledger, attempt: StepAttempt, leaseMs: number): Promise<boolean> {
  const renewed = await ledger.db
    .updateTable('step_attempts')
    .set({ leased_until: sql`now() + ${leaseMs} * interval '1 ms'` })
    .where('id', '=', attempt.id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}

/**
 * Whether an attempt at the step of a row of `outbox` runs now. The attempt is asked and not the message, since a step
 * may be no longer next, and next again, while an attempt lasts.
 */
export const isRunning = sql<boolean>`(exists (
  select from step_attempts
  where shipment_id = outbox.subject_id and step = outbox.step and ended_at is null and leased_until > now()
) or exists (select from registrations where registrations.id = outbox.subject_id and registrations.leased_until > now()))`;

/** The result of an attempt whose lease ran out. */
export const expired = { outcome: 'expired', why: 'the worker did not come back' } as const;
