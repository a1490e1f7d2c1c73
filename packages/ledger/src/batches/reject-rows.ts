import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { RejectedRow } from './batches.ts';

/** The user that a row names; null where it names none. */
export interface RowSubject {
  id: string | null;
  login: string | null;
}

const subjectSchema: z.ZodType<RowSubject> = z.strictObject({
  id: z.string().nullable(),
  login: z.string().nullable(),
});

/** Stores why rows were not accepted, in the transaction of their batch. The users that they name are sealed. */
export async function rejectRows(
  { sealing }: Ledger,
  tx: Tx,
  { batchId, rows }: { batchId: string; rows: readonly (RejectedRow & { subject: RowSubject | null })[] },
): Promise<void> {
  if (rows.length === 0) return;
  const stored = rows.map(({ row, problems, subject }) => ({
    row,
    problems,
    subject: subject === null ? null : sealing.seal(JSON.stringify(subject), sealedContext.rowSubject(batchId, row)),
  }));
  await sql`
    insert into batch_rejections (batch_id, row, subject, problems)
    select ${batchId}, "row", subject, problems
    from jsonb_to_recordset(${JSON.stringify(stored)}::jsonb) as rejected ("row" integer, subject text, problems jsonb)`.execute(
    tx,
  );
}

export function decryptSubject(
  { sealing }: Ledger,
  { batchId, row, subject: sealed }: { batchId: string; row: number; subject: string | null },
): RowSubject {
  if (sealed === null) return { id: null, login: null };
  return subjectSchema.parse(JSON.parse(sealing.unseal(sealed, sealedContext.rowSubject(batchId, row))));
}
