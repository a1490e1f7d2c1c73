import { membersEventTypes, mfaInitiatedEventType } from '@keycourier/journey/model/event-types';
import type { StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { EventStepName } from '@keycourier/journey/steps/steps';
import { sql, type RawBuilder } from 'kysely';

/** The steps of a recorded event: it has the message of one of them. */
const eventStep: EventStepName = 'accept-event';
const stepOfMembers: EventStepName = 'expand-members';

/** The step of an event, in SQL; `isOfDirectory` says whether the directory wrote it. */
export const stepOfEvent = (eventType: RawBuilder<unknown>, isOfDirectory: RawBuilder<unknown>): RawBuilder<string> =>
  sql<string>`case when ${isOfDirectory} and ${eventType} = any(${[...membersEventTypes]}::text[])
    then ${sql.lit(stepOfMembers)} else ${sql.lit(eventStep)} end`;

/** Inserts messages that are due now; `rows` selects subject_id, step, tenant and priority. A message that exists stays. */
export const addMessages = (rows: RawBuilder<unknown>): RawBuilder<{ subject_id: string; step: string }> => sql`
  ${addFirstMessages(rows)} on conflict (subject_id, step) do nothing returning subject_id, step`;

/** The same for subjects that are new. To look for an existing message costs as much as to insert one. */
export const addFirstMessages = (rows: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`insert into outbox (subject_id, step, tenant, priority) ${rows}`;

/**
 * The order of service within a tenant, 0 first: keys on their way, whose owners wait for them, and then those of batches;
 * users who set up a key now; events and people; requests of the API; rows of batches; dry runs, whose results are least
 * urgent.
 */
export const priorities = { key: 0, keyOfBatch: 1, setup: 2, event: 3, request: 4, batch: 5, dryRun: 10 } as const;

/** Steps of a key that is on its way: its owner waits for it, however it was requested. */
const urgentSteps: readonly StepName[] = ['activate-credential', 'revoke-credential', 'release-pin', 'send-pin'];

/** The priority of a shipment's jobs in the relay, but for the steps of a key that is on its way. */
export function priorityOf({ trigger, plan }: Pick<Shipment, 'trigger' | 'plan'>): number {
  if (plan.dryRun) return priorities.dryRun;
  if (trigger === 'mfa-initiated') return priorities.setup;
  if (trigger === 'batch') return priorities.batch;
  return trigger === 'api' ? priorities.request : priorities.event;
}

/** The priority of the message of a shipment's step. */
export function priorityOfMessage(shipment: Pick<Shipment, 'trigger' | 'plan'>, step: StepName): number {
  const priority = priorityOf(shipment);
  if (!urgentSteps.includes(step)) return priority;
  return priority >= priorities.batch ? priorities.keyOfBatch : priorities.key;
}

/** priorityOf() in SQL, for rows with the columns `trigger` and `dry_run`. */
export const priorityInSql = sql<number>`case when dry_run then ${sql.lit(priorities.dryRun)}
  when trigger = 'mfa-initiated' then ${sql.lit(priorities.setup)}
  when trigger = 'batch' then ${sql.lit(priorities.batch)}
  when trigger = 'api' then ${sql.lit(priorities.request)} else ${sql.lit(priorities.event)} end`;

/** A user sets up a key now; a key must not go on to a person who left. */
const urgentEvents: readonly string[] = [mfaInitiatedEventType, 'scim.user.deactivated'];

/** Thousands may come at once, and ask for no key. */
const patientEvents: readonly string[] = ['scim.user.created', 'scim.user.updated'];

/** The priority of the message of an event of this type. */
export const priorityOfEvent = (eventType: RawBuilder<unknown>): RawBuilder<number> =>
  sql<number>`case when ${eventType} = any(${urgentEvents}::text[]) then ${sql.lit(priorities.setup)}
    when ${eventType} = any(${patientEvents}::text[]) then ${sql.lit(priorities.batch)} else ${sql.lit(priorities.event)} end`;

/** priorityOfEvent() of a text. */
export function priorityOfEventType(eventType: string): number {
  if (urgentEvents.includes(eventType)) return priorities.setup;
  return patientEvents.includes(eventType) ? priorities.batch : priorities.event;
}
