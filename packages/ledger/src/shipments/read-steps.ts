import { sql, type Kysely } from 'kysely';
import { z } from 'zod';

import type { Tables } from '../tables.ts';

/** The attempts at one step of a shipment, as one: what matters is the last one, and when the next one comes. */
export interface StepSummary {
  step: string;
  attempts: number;
  firstStartedAt: Date | null;
  /** Of the last attempt that ended: what came of it, why, and when. */
  outcome: string | null;
  reason: string | null;
  lastEndedAt: Date | null;
  isRunning: boolean;
  /** The step is next, at this time. Null: it is not. */
  nextAt: Date | null;
  /** Failed attempts in a row; 0 for one that only polls. */
  failures: number;
  /** The service whose answer it waits for. */
  waitsFor: string | null;
}

const rowSchema = z.object({
  step: z.string(),
  attempts: z.number(),
  firstStartedAt: z.date().nullable(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  lastEndedAt: z.date().nullable(),
  isRunning: z.boolean(),
  nextAt: z.date().nullable(),
  failures: z.number(),
  waitsFor: z.string().nullable(),
});

/** A shipment's steps in the order in which they first began; those that have not begun, last. */
export async function readSteps(db: Kysely<Tables>, shipmentId: string): Promise<readonly StepSummary[]> {
  const { rows } = await sql`
    with folded as (
      select step, count(*)::int as attempts, min(started_at) as first, bool_or(ended_at is null) as running
      from step_attempts where shipment_id = ${shipmentId} group by step
    ), last as (
      select distinct on (step) step, outcome, why, ended_at from step_attempts
      where shipment_id = ${shipmentId} and ended_at is not null order by step, started_at desc
    ), next as (
      select step, due_at, failures, waits_for from outbox where subject_id = ${shipmentId}
    )
    select step, coalesce(attempts, 0) as attempts, first as "firstStartedAt", outcome, why as reason,
      ended_at as "lastEndedAt", coalesce(running, false) as "isRunning", due_at as "nextAt",
      coalesce(failures, 0) as failures, waits_for as "waitsFor"
    from folded left join last using (step) full join next using (step)
    order by first nulls last, step`.execute(db);
  return z.array(rowSchema).parse(rows);
}
