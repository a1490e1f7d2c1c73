import { stepNames, type StepName } from '@keycourier/journey/model/plan';
import { sql, type Kysely } from 'kysely';

import { prepared } from '../prepared.ts';
import type { Tables } from '../tables.ts';

/** A step whose last attempts failed, and which is tried again by itself. */
export interface Retry {
  step: StepName;
  /** Failed attempts in a row. */
  failures: number;
  /** Why the last attempt failed; null while one runs or if it is not known. */
  reason: string | null;
  nextAt: Date;
}

/** The retries of shipments, by the shipment's id: one query for any number of them. */
export async function readRetries(
  db: Kysely<Tables>,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Retry[]>> {
  if (shipmentIds.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    step: string;
    failures: number;
    reason: string | null;
    nextAt: Date;
  }>`${prepared}
    select subject_id as id, outbox.step, failures, due_at as "nextAt", (
      select why from step_attempts
      where step_attempts.shipment_id = outbox.subject_id and step_attempts.step = outbox.step and ended_at is not null
      order by started_at desc limit 1
    ) as reason
    from outbox where subject_id = any(${[...shipmentIds]}::text[]) and failures > 0
    order by subject_id, outbox.step`.execute(db);
  const retries = new Map<string, Retry[]>();
  for (const { id, step: name, ...rest } of rows) {
    // A step of a newer version is not one that this version shows.
    const step = stepNames.find((one) => one === name);
    if (step !== undefined) retries.set(id, [...(retries.get(id) ?? []), { step, ...rest }]);
  }
  return retries;
}
