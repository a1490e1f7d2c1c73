import { sql } from 'kysely';

import type { Ledger } from '../open-ledger.ts';
import type { Knock } from './publish-due.ts';
import { wakeRelay } from './sync-knocks.ts';

/**
 * The sweep's step: knocks that were published, ought to have been answered `graceMs` ago, and are not being answered
 * now. `isAlive` asks the queue for the job; a live one is given more time, a lost one is published again.
 * @returns how many were published again
 */
export async function sweepOverdue(
  ledger: Ledger,
  options: { graceMs: number; limit: number; isAlive: (knock: Knock) => Promise<boolean> },
): Promise<number> {
  const now = ledger.now();
  const overdue = await ledger.db
    .selectFrom('knocks')
    .select(['subject_id', 'door', 'tenant', 'turn'])
    .where('published_at', 'is not', null)
    .where('due_at', '<', new Date(now.getTime() - options.graceMs))
    .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', now)]))
    .orderBy('due_at')
    .limit(options.limit)
    .execute();
  let again = 0;
  for (const { subject_id: subjectId, door, tenant, turn } of overdue) {
    const alive = await options.isAlive({ subjectId, door, tenant, turn });
    const knock = ledger.db
      .updateTable('knocks')
      .where('subject_id', '=', subjectId)
      .where('door', '=', door)
      .where('turn', '=', turn);
    if (alive) await knock.set({ due_at: now }).execute();
    else {
      await knock.set({ published_at: null, due_at: now, turn: sql`nextval('knock_turn')` }).execute();
      again += 1;
    }
  }
  if (again > 0) await ledger.db.transaction().execute(wakeRelay);
  return again;
}
