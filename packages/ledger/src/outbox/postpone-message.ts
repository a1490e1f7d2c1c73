import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** Says when a published knock is due again, so that the sweep leaves its delayed job alone until then. */
export async function postponeMessage(
  ledger: Ledger,
  message: { subjectId: string; step: string },
  afterMs: number,
): Promise<{ attempts: number }> {
  const row = await ledger.db
    .updateTable('outbox')
    .set(({ eb }) => ({ due_at: sql`now() + ${afterMs} * interval '1 ms'`, attempts: eb('attempts', '+', 1) }))
    .where('subject_id', '=', message.subjectId)
    .where('step', '=', message.step)
    .returning('attempts')
    .executeTakeFirst();
  return { attempts: row?.attempts ?? 0 };
}
