import type { AttemptResult, StepAttempt } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { afterFailure, recordOutage } from '../outages/record-outage.ts';
import { prepared } from '../prepared.ts';
import { claimBegun, isAsSeen, unclaimedOf, untilClaimed, type Unclaimed } from './open-attempt.ts';

/** Assignments to a row of `outbox` that the relay publishes again, once it is due: an earlier job of it does nothing more. */
export const backToOutbox = sql`published_at = null, dispatch_id = nextval('outbox_dispatch_id')`;

/**
 * Ends an attempt: stores its result, lets the next attempt start, and sets when the message is due again. One whose step is
 * to run later waits in the outbox; after one that threw, BullMQ repeats the job. A worker that
 * comes back after its lease ran out and another attempt started only stores the result of its own; of one that was not
 * claimed, nothing.
 */
export async function finishAttempt(ledger: Ledger, attempt: StepAttempt, result: AttemptResult): Promise<void> {
  await untilClaimed(attempt);
  await sql`${prepared}
    with moved as (select ${attempt.shipment.id}::text as id), ${endAttempt(ledger, { attempt, result, isStillNext: true })}
    select from attempt`.execute(ledger.db);
}

export interface AttemptEnd {
  attempt: StepAttempt;
  result: AttemptResult;
  /** Its message stays: a statement may not change a row that it deletes. */
  isStillNext: boolean;
}

/** The parts of a statement that end an attempt, where its part `moved` has a row. */
export function endAttempt(ledger: Ledger, end: AttemptEnd): RawBuilder<unknown> {
  const { attempt, result, isStillNext } = end;
  const { outcome, afterMs, failure } = result;
  const begun = unclaimedOf(attempt);
  const { step } = attempt;
  return sql`${begun === undefined ? endClaimed(ledger, end) : endUnclaimed(ledger, { ...end, begun })}${
    isStillNext
      ? sql`, postponed as (
    update outbox set due_at = now() + ${afterMs ?? 0}::float8 * interval '1 ms', ${afterFailure(failure)}
      ${begun === undefined ? sql`` : sql`, attempts = outbox.attempts + 1`}
      ${outcome === 'later' ? sql`, ${backToOutbox}` : sql``}
    where subject_id = (select shipment_id from attempt where is_open) and step = ${step}
    returning tenant
  ), away as (
    ${recordOutage(failure, sql`select tenant from postponed`)}
  )`
      : sql``
  }`;
}

/** Locks the attempt before a message that stays, as claimStep() does: in different orders the two could deadlock. */
const endClaimed = (
  ledger: Ledger,
  { attempt: { id }, result: { outcome, why }, isStillNext }: AttemptEnd,
): RawBuilder<unknown> => {
  const end = sql`update step_attempts set ended_at = ${ledger.now()}, outcome = ${outcome}, why = ${why}`;
  if (!isStillNext) return sql`ended as (${end} from moved where step_attempts.id = ${id})`;
  return sql`attempt as (
    select step_attempts.id, ended_at is null as is_open, shipment_id
    from step_attempts, moved where step_attempts.id = ${id} for update of step_attempts
  ), ended as (${end} from attempt where step_attempts.id = attempt.id)`;
};

/** Claims and ends at once, if the message is as it was. One that the statement deletes cannot be locked by it. */
const endUnclaimed = (
  ledger: Ledger,
  { attempt, result: { outcome, why }, isStillNext, begun }: AttemptEnd & { begun: Readonly<Unclaimed> },
): RawBuilder<unknown> => {
  const { id, step } = attempt;
  const { attempts, startedAt } = begun;
  return sql`attempt as (
    select true as is_open, subject_id as shipment_id from outbox
    where subject_id = (select id from moved) and step = ${step} and ${isAsSeen(begun)}
      and not exists (select from step_attempts where shipment_id = (select id from moved) and step = ${step} and ended_at is null)
    ${isStillNext ? sql`for update of outbox` : sql``}
  ), ended as (
    insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until, ended_at, outcome, why)
    select ${id}, shipment_id, ${step}, ${attempts + 1}, ${startedAt}::timestamptz, now(), ${ledger.now()}, ${outcome}, ${why} from attempt
  )`;
};

/** Extends an attempt's lease by `leaseMs` from now. False when the attempt has lost it and must not act any more. */
export async function renewLease(ledger: Ledger, attempt: StepAttempt, leaseMs: number): Promise<boolean> {
  if (unclaimedOf(attempt) !== undefined) return claimBegun(ledger, attempt, leaseMs);
  const { rows } = await sql`
    with renewed as (
      update step_attempts set leased_until = now() + ${leaseMs} * interval '1 ms'
      where id = ${attempt.id} and ended_at is null
      returning shipment_id, step, leased_until
    ), postponed as (
      update outbox set due_at = leased_until from renewed
      where subject_id = shipment_id and outbox.step = renewed.step and published_at is null
    )
    select from renewed`.execute(ledger.db);
  return rows.length > 0;
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
