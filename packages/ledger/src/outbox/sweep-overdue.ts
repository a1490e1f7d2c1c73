import { sql, type RawBuilder } from 'kysely';

import { expired, isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import type { OutboxMessage } from './publish-due.ts';

/**
 * The sweep's step: knocks that were published, ought to have been answered `graceMs` ago, and are not being answered
 * now. `isAlive` asks the queue for the job; a live one is given more time, a lost one is published again. Cards whose
 * worker did not come back are ended.
 * @returns how many were published again
 */
export async function sweepOverdue(
  ledger: Ledger,
  options: {
    /** Messages of other steps are a newer version's, and that one sweeps them. */
    knownSteps: readonly string[];
    graceMs: number;
    limit: number;
    isAlive: (message: OutboxMessage) => Promise<boolean>;
  },
): Promise<number> {
  const isOverdue = sql`published_at is not null and due_at < now() - ${options.graceMs} * interval '1 ms'
    and not ${isRunning}`;
  const { rows } = await sql<OutboxMessage>`
    select subject_id as "subjectId", step, tenant, dispatch_id as "dispatchId", priority from outbox where ${isOverdue} and step = any(${options.knownSteps})
    order by due_at limit ${options.limit}`.execute(ledger.db);
  const alive: OutboxMessage[] = [];
  const gone: OutboxMessage[] = [];
  for (const message of rows) ((await options.isAlive(message)) ? alive : gone).push(message);
  await update(ledger, alive, isOverdue, sql`due_at = now()`);
  const again = await update(
    ledger,
    gone,
    isOverdue,
    sql`due_at = now(), published_at = null, dispatch_id = nextval('outbox_dispatch_id')`,
  );
  if (again > 0) ledger.notifier.notify();
  await endLostCards(ledger, options.graceMs);
  return again;
}

/** The next visit ends the card of the one before; this is for a door that nobody is to pass again. */
async function endLostCards(ledger: Ledger, graceMs: number): Promise<void> {
  await sql`
    update step_attempts set ended_at = ${ledger.now()}, outcome = ${expired.outcome}, why = ${expired.why} where id in (
      select id from step_attempts where ended_at is null and leased_until < now() - ${graceMs} * interval '1 ms'
      for update skip locked
    )`.execute(ledger.db);
}

/** While the queue was asked, a visit may have begun or ended: what it said is of use only where nothing has changed since. */
async function update(
  ledger: Ledger,
  messages: readonly OutboxMessage[],
  isOverdue: RawBuilder<unknown>,
  change: RawBuilder<unknown>,
): Promise<number> {
  if (messages.length === 0) return 0;
  const { numAffectedRows } = await sql`
    update outbox set ${change} where (subject_id, step) in (
      select outbox.subject_id, outbox.step
      from outbox join unnest(${messages.map(({ subjectId }) => subjectId)}::text[], ${messages.map(({ step }) => step)}::text[],
        ${messages.map(({ dispatchId }) => dispatchId)}::bigint[]) as asked (subject_id, step, dispatch_id) using (subject_id, step, dispatch_id)
      where ${isOverdue}
      for update of outbox skip locked
    )`.execute(ledger.db);
  return Number(numAffectedRows ?? 0n);
}
