import type { Ledger } from '../open-ledger.ts';

export interface Knock {
  subjectId: string;
  door: string;
  tenant: string;
  /** Part of the queue job's id: the same while a publishing is repeated, another for the next one. */
  turn: string;
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
  const now = ledger.now();
  return ledger.db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('knocks')
      .select(['subject_id', 'door', 'tenant', 'turn'])
      .where('published_at', 'is', null)
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .orderBy('turn')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    if (due.length === 0) return 0;
    await publish(due.map(({ subject_id: subjectId, door, tenant, turn }) => ({ subjectId, door, tenant, turn })));
    await tx
      .updateTable('knocks')
      .set({ published_at: now })
      .where(({ eb, refTuple, tuple }) =>
        eb(refTuple('subject_id', 'door'), 'in', due.map((row) => tuple(row.subject_id, row.door))),
      )
      .execute();
    return due.length;
  });
}
