import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

export interface Knock {
  subjectId: string;
  door: string;
  tenant: string;
  /** Part of the queue job's id: the same while a publishing is repeated, another for the next one. */
  turn: string;
  /** 0 is first. */
  priority: number;
}

/**
 * The relay's step: hands what is due to `publish` and marks it as published in the same transaction. When publish or
 * the commit fails, the same knocks come again under the same turn, and the queue swallows the copies.
 * @returns how many were published; a full `limit` means that more may be due
 */
export async function publishDue(
  ledger: Ledger,
  limit: number,
  publish: (knocks: readonly Knock[]) => Promise<void>,
): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const { rows } = await sql<Knock>`
      with due as (
        select subject_id, door from knocks where published_at is null and due_at <= now()
        order by priority, due_at, turn limit ${limit} for update skip locked
      ), published as (
        update knocks set published_at = now() from due
        where knocks.subject_id = due.subject_id and knocks.door = due.door
        returning knocks.*
      )
      select subject_id as "subjectId", door, tenant, turn, priority from published
      order by priority, due_at, published.turn`.execute(tx);
    if (rows.length > 0) await publish(rows);
    return rows.length;
  });
}
