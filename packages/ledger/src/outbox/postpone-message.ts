import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** Counts an attempt of a published message and sets when it is due again: until then the sweep leaves its delayed job alone. */
export async function postponeMessage(
  ledger: Ledger,
  message: { subjectId: string; step: string },
  afterMs: number,
): Promise<void> {
  await ledger.db
    .updateTable('outbox')
    .set(({ eb }) => ({ due_at: sql`now() + ${afterMs} * interval '1 ms'`, attempts: eb('attempts', '+', 1) }))
    .where('subject_id', '=', message.subjectId)
    .where('step', '=', message.step)
    .execute();
}
