import { sql, type RawBuilder } from 'kysely';

import { expired, isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import type { OutboxMessage } from './publish-due.ts';

/**
 * Handles messages that were published, have been due for `graceMs`, and whose step is not running. `isAlive` looks for
 * the job in the queue: one that is there gets more time, one that is missing is published again. Ends attempts whose
 * worker did not come back.
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
  await update(ledger, alive, { isOverdue, change: sql`due_at = now()` });
  const change = sql`due_at = now(), published_at = null, dispatch_id = nextval('outbox_dispatch_id')`;
  const again = await update(ledger, gone, { isOverdue, change });
  if (again > 0) ledger.notifier.notify();
  await endExpiredAttempts(ledger, options.graceMs);
  return again;
}

/** The next attempt at a step ends an expired one; this is for steps that are not next any more. */
async function endExpiredAttempts(ledger: Ledger, graceMs: number): Promise<void> {
  await sql`
    update step_attempts set ended_at = ${ledger.now()}, outcome = ${expired.outcome}, why = ${expired.why} where id in (
      select id from step_attempts where ended_at is null and leased_until < now() - ${graceMs} * interval '1 ms'
      for update skip locked
    )`.execute(ledger.db);
}

/** While `isAlive` ran, an attempt may have started or ended: its answer is used only where nothing has changed since. */
async function update(
  ledger: Ledger,
  messages: readonly OutboxMessage[],
  { isOverdue, change }: { isOverdue: RawBuilder<unknown>; change: RawBuilder<unknown> },
): Promise<number> {
  if (messages.length === 0) return 0;
  const { numAffectedRows } = await sql`
    update outbox set ${change} where (subject_id, step) in (
      select outbox.subject_id, outbox.step
      from outbox join unnest(${messages.map(({ subjectId }) => subjectId)}::text[], ${messages.map(({ step }) => step)}::text[],
        ${messages.map(({ dispatchId }) => dispatchId)}::bigint[]) as seen (subject_id, step, dispatch_id) using (subject_id, step, dispatch_id)
      where ${isOverdue}
      for update of outbox skip locked
    )`.execute(ledger.db);
  return Number(numAffectedRows ?? 0n);
}
