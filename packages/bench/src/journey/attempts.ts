import { z } from 'zod';

import { connect } from '../stack/stores.ts';

/** What the ledger's history says about the shipments of a run. */
export interface Attempts {
  /** For each shipment. */
  attempts: number;
  /** For each shipment: attempts that ended with another one to come. */
  later: number;
  /** For each shipment: attempts that a limit of ours refused before their call was sent. */
  turnedAway: number;
  /** From the active credential to the PIN as sent. */
  activeToSentMs: { p50: number; p95: number };
  /** Of an attempt by step, in milliseconds: from its claim to its end. */
  steps: readonly { step: string; p50: number; p95: number }[];
}

const query = `
  with shipments_done as (select id from shipments where pin_state = 'sent'),
  waits as (
    select extract(epoch from min(sent.at) - min(active.at)) * 1000 as ms
    from history active join history sent using (shipment_id)
    where active.event = 'credential.activated' and sent.event = 'pin.sent' group by shipment_id)
  select
    (select count(*) from step_attempts)::float8 / greatest(count(*), 1) as "attempts",
    (select count(*) from step_attempts where outcome = 'later')::float8 / greatest(count(*), 1) as "later",
    (select count(*) from step_attempts where outcome = 'later' and why like '%too many%')::float8 / greatest(count(*), 1) as "turnedAway",
    (select coalesce(percentile_disc(0.5) within group (order by ms), 0)::float8 from waits) as "p50",
    (select coalesce(percentile_disc(0.95) within group (order by ms), 0)::float8 from waits) as "p95"
  from shipments_done`;

const row = z.strictObject({
  attempts: z.number(),
  later: z.number(),
  turnedAway: z.number(),
  p50: z.number(),
  p95: z.number(),
});

const byStep = `
  select step, (percentile_disc(0.5) within group (order by ms))::float8 as "p50", (percentile_disc(0.95) within group (order by ms))::float8 as "p95"
  from (select step, extract(epoch from ended_at - started_at) * 1000 as ms from step_attempts where ended_at is not null) a
  group by step order by min(ms) desc`;

export async function readAttempts(databaseUrl: string): Promise<Attempts> {
  const database = await connect(databaseUrl);
  try {
    const { p50, p95, ...counts } = row.parse((await database.rows(query))[0]);
    const steps = await database.rows<{ step: string; p50: number; p95: number }>(byStep);
    return { ...counts, activeToSentMs: { p50, p95 }, steps };
  } finally {
    await database.close();
  }
}
