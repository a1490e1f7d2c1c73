import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';
import type { RejectedRow } from './batches.ts';

/** Who a row asked for, as far as it said so. */
export interface RowSubject {
  id: string | null;
  login: string | null;
}

const subjectSchema: z.ZodType<RowSubject> = z.strictObject({
  id: z.string().nullable(),
  login: z.string().nullable(),
});

const place = (batchId: string, row: number): string => `batch_rejections.subject:${batchId}:${row}`;

/** Keeps why rows were not accepted, in the transaction of their batch. Whom they name is sealed. */
export async function rejectRows(
  { sealing }: Ledger,
  tx: Tx,
  batchId: string,
  rows: readonly (RejectedRow & { subject: RowSubject | null })[],
): Promise<void> {
  if (rows.length === 0) return;
  const given = rows.map(({ row, problems, subject }) => ({
    row,
    problems,
    subject: subject === null ? null : sealing.seal(JSON.stringify(subject), place(batchId, row)),
  }));
  await sql`
    insert into batch_rejections (batch_id, row, subject, problems)
    select ${batchId}, "row", subject, problems
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given ("row" integer, subject text, problems jsonb)`.execute(
    tx,
  );
}

export function decryptSubject({ sealing }: Ledger, batchId: string, row: number, sealed: string | null): RowSubject {
  if (sealed === null) return { id: null, login: null };
  return subjectSchema.parse(JSON.parse(sealing.unseal(sealed, place(batchId, row))));
}
