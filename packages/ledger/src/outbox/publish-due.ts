import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

export interface OutboxMessage {
  subjectId: string;
  step: string;
  tenant: string;
  /** Part of the queue job's id: the same while one publish is repeated, another for the next one. */
  dispatchId: string;
  /** 0 is first. */
  priority: number;
}

/**
 * Passes messages that are due to `publish` and marks them as published in the same transaction. When publish or the
 * commit fails, the same messages come again under the same dispatch id, and the queue ignores the copies. Messages of
 * steps that are not known here are a newer version's: they stay in the outbox.
 * @returns how many were published; a full `limit` means that more may be due
 */
export async function publishDue(
  ledger: Ledger,
  { knownSteps, limit }: { knownSteps: readonly string[]; limit: number },
  publish: (messages: readonly OutboxMessage[]) => Promise<void>,
): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const { rows } = await sql<OutboxMessage>`
      with due as (
        select subject_id, step from outbox where published_at is null and due_at <= now() and step = any(${knownSteps})
        order by priority, due_at, dispatch_id limit ${limit} for update skip locked
      ), published as (
        update outbox set published_at = now() from due
        where outbox.subject_id = due.subject_id and outbox.step = due.step
        returning outbox.*
      )
      select subject_id as "subjectId", step, tenant, dispatch_id as "dispatchId", priority from published
      order by priority, due_at, published.dispatch_id`.execute(tx);
    if (rows.length > 0) await publish(rows);
    return rows.length;
  });
}

/** How many messages there are per step that is not known here. */
export async function countUnknownSteps(
  ledger: Ledger,
  knownSteps: readonly string[],
): Promise<readonly { step: string; messages: number }[]> {
  const { rows } = await sql<{ step: string; messages: number }>`
    select step, count(*)::int as messages from outbox where step <> all(${knownSteps}) group by step order by step`.execute(
    ledger.db,
  );
  return rows;
}
