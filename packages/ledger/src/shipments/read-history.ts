import type { Ledger } from '../connect-ledger.ts';

export type HistoryEntry =
  | {
      kind: 'attempt';
      step: string;
      attempt: number;
      startedAt: Date;
      endedAt: Date | null;
      outcome: string | null;
      why: string | null;
    }
  | { kind: 'change'; event: string; at: Date; detail: Readonly<Record<string, string | number | boolean | null>> };

/** The attempts of a shipment's steps and the changes of its state, oldest first. */
export async function readHistory(ledger: Ledger, shipmentId: string): Promise<readonly HistoryEntry[]> {
  const [attempts, changes] = await Promise.all([
    ledger.db
      .selectFrom('step_attempts')
      .selectAll()
      .where('shipment_id', '=', shipmentId)
      .orderBy('started_at')
      .execute(),
    ledger.db.selectFrom('history').selectAll().where('shipment_id', '=', shipmentId).orderBy('id').execute(),
  ]);
  const entries: { at: Date; claim: HistoryEntry }[] = [
    ...attempts.map((row) => ({
      at: row.started_at,
      claim: {
        kind: 'attempt' as const,
        step: row.step,
        attempt: row.attempt,
        startedAt: row.started_at,
        endedAt: row.ended_at,
        outcome: row.outcome,
        why: row.why,
      },
    })),
    ...changes.map((row) => ({
      at: row.at,
      claim: { kind: 'change' as const, event: row.event, at: row.at, detail: row.detail ?? {} },
    })),
  ];
  return entries.sort((one, other) => one.at.getTime() - other.at.getTime()).map(({ claim }) => claim);
}
