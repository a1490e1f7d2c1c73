import type { Shipment } from '@keycourier/journey/model/shipment';
import type { EventStepName } from '@keycourier/journey/steps/steps';
import { sql, type RawBuilder } from 'kysely';

/** The step of every recorded event. */
export const eventStep: EventStepName = 'accept-event';

/** Inserts messages that are due now; `rows` selects subject_id, step, tenant and priority. A message that exists stays. */
export const addMessages = (rows: RawBuilder<unknown>): RawBuilder<{ subject_id: string; step: string }> => sql`
  insert into outbox (subject_id, step, tenant, priority) ${rows}
  on conflict (subject_id, step) do nothing returning subject_id, step`;

const priorities = { alone: 0, batch: 5, dryRun: 10 } as const;

/**
 * The priority of a shipment's jobs in the relay and in BullMQ, 0 first: a request by an event or a person comes before
 * the rows of a batch, and dry runs, whose results are least urgent, come last.
 */
export function priorityOf({ trigger, plan }: Pick<Shipment, 'trigger' | 'plan'>): number {
  if (plan.dryRun) return priorities.dryRun;
  return trigger === 'batch' ? priorities.batch : priorities.alone;
}

/** priorityOf() in SQL, for rows with the columns `trigger` and `dry_run`. */
export const priorityInSql = sql<number>`case when dry_run then ${sql.lit(priorities.dryRun)}
  when trigger = 'batch' then ${sql.lit(priorities.batch)} else ${sql.lit(priorities.alone)} end`;
