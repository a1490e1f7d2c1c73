import { mfaInitiatedEventType } from '@keycourier/journey/model/event-types';
import type { StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { EventStepName } from '@keycourier/journey/steps/steps';
import { sql, type RawBuilder } from 'kysely';

/** The step of every recorded event. */
export const eventStep: EventStepName = 'accept-event';

/** Inserts messages that are due now; `rows` selects subject_id, step, tenant and priority. A message that exists stays. */
export const addMessages = (rows: RawBuilder<unknown>): RawBuilder<{ subject_id: string; step: string }> => sql`
  insert into outbox (subject_id, step, tenant, priority) ${rows}
  on conflict (subject_id, step) do nothing returning subject_id, step`;

export const priorities = { urgent: 0, alone: 1, batch: 5, dryRun: 10 } as const;

/** Steps of a key that is on its way: its owner waits for it, however it was requested. */
const urgentSteps: readonly StepName[] = ['activate-credential', 'revoke-credential', 'release-pin', 'send-pin'];

/**
 * The priority of a shipment's jobs in the relay, 0 first: users who set up a key now, and keys on their way; then other
 * single requests; then the rows of a batch; dry runs, whose results are least urgent, come last.
 */
export function priorityOf({ trigger, plan }: Pick<Shipment, 'trigger' | 'plan'>): number {
  if (plan.dryRun) return priorities.dryRun;
  if (trigger === 'mfa-initiated') return priorities.urgent;
  return trigger === 'batch' ? priorities.batch : priorities.alone;
}

/** The priority of the jobs of the column `step`, for a shipment of this priority. */
export const priorityOfStep = (priority: number): RawBuilder<number> =>
  sql<number>`(case when step = any(${urgentSteps}::text[]) then ${priorities.urgent} else ${priority} end)::smallint`;

/** priorityOf() in SQL, for rows with the columns `trigger` and `dry_run`. */
export const priorityInSql = sql<number>`case when dry_run then ${sql.lit(priorities.dryRun)}
  when trigger = 'mfa-initiated' then ${sql.lit(priorities.urgent)}
  when trigger = 'batch' then ${sql.lit(priorities.batch)} else ${sql.lit(priorities.alone)} end`;

/** A user sets up a key now; a key must not go on to a person who left. */
const urgentEvents: readonly string[] = [mfaInitiatedEventType, 'scim.user.deactivated'];

/** Thousands may come at once, and ask for no key. */
const patientEvents: readonly string[] = ['scim.user.created', 'scim.user.updated'];

/** The priority of the message of an event of this type. */
export const priorityOfEvent = (eventType: RawBuilder<unknown>): RawBuilder<number> =>
  sql<number>`case when ${eventType} = any(${urgentEvents}::text[]) then ${sql.lit(priorities.urgent)}
    when ${eventType} = any(${patientEvents}::text[]) then ${sql.lit(priorities.batch)} else ${sql.lit(priorities.alone)} end`;
