import { stepNames, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import { sql, type RawBuilder } from 'kysely';

import type { Database } from '../connect-ledger.ts';
import { ofAnyLength, prepared } from '../prepared.ts';
import { registrationState, type Registration } from '../registrations/read-registrations.ts';

/** Who or what asked for a shipment, besides its batch. */
export interface Requester {
  /** Null for a request of an event. */
  apiKey: { id: string; name: string | null } | null;
  /** Okta's event; null for a request of an API key. */
  event: { id: string; uuid: string } | null;
}

/** A step whose last attempts failed, and which is tried again by itself. */
export interface Retry {
  step: StepName;
  /** Failed attempts in a row. */
  failures: number;
  /** Why the last attempt failed; null while one runs or if it is not known. */
  reason: string | null;
  nextAt: Date;
}

/** What other tables than that of shipments know of one: who asked for it, what is tried again, which orgs show the key. */
export interface Facts {
  requester: Requester;
  retries: readonly Retry[];
  registration?: Registration | undefined;
  /** In the hub, of the user whose key is there. */
  hubRegistration?: Registration | undefined;
}

/** Where they are not shown. */
export const noFacts: Facts = { requester: { apiKey: null, event: null }, retries: [] };

/** The facts of shipments, in their order: one statement for any number of them. */
export async function readFacts(db: Database, shipments: readonly Shipment[]): Promise<readonly Facts[]> {
  if (shipments.length === 0) return [];
  const { rows } = await sql<FactsRow>`${prepared}
    select wanted.id, ${factColumns}
    from unnest(${ofAnyLength(shipments.map(({ id }) => id))}, ${shipments.map((one) => one.requestedBy)}::text[],
      ${shipments.map(({ tenant }) => tenant)}::text[], ${shipments.map(({ user }) => user.id)}::text[],
      ${shipments.map(({ tenant }) => hubNameOf(tenant))}::text[], ${shipments.map((one) => one.hubUser?.id ?? null)}::text[])
      as wanted (id, requested_by, tenant, user_id, hub, hub_user_id) ${joiningFacts}`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return shipments.map(({ id, requestedBy }) => toFacts(requestedBy, byId.get(id)));
}

/** Of the row `wanted`, by its columns. */
const registrationOf = (org: 'tenant' | 'hub', userId: 'user_id' | 'hub_user_id'): RawBuilder<unknown> => sql`
  select ${registrationState} as state, written_at, problem from registrations
  where registrations.tenant = wanted.${sql.ref(org)} and okta_user_id = wanted.${sql.ref(userId)} limit 1`;

export interface FactsRow {
  id: string;
  keyName: string | null;
  eventId: string | null;
  eventUuid: string | null;
  /** Of a date, JSON has the text. */
  retries: readonly { step: string; failures: number; reason: string | null; nextAt: string }[] | null;
  state: Registration['state'] | null;
  writtenAt: Date | null;
  problem: Registration['problem'];
  hubState: Registration['state'] | null;
  hubWrittenAt: Date | null;
  hubProblem: Registration['problem'];
}

/** Of the row `wanted`. */
const retriesOf = sql`
  select json_agg(json_build_object('step', outbox.step, 'failures', failures, 'nextAt', due_at, 'reason', (
    select why from step_attempts
    where step_attempts.shipment_id = outbox.subject_id and step_attempts.step = outbox.step and ended_at is not null
    order by started_at desc limit 1
  )) order by outbox.step) as retries
  from outbox where subject_id = wanted.id and failures > 0`;

/** The columns of a {@link FactsRow} but its id. */
export const factColumns = sql`key_name as "keyName", event.id as "eventId", event.uuid as "eventUuid", retries,
  registration.state, registration.written_at as "writtenAt", registration.problem,
  in_hub.state as "hubState", in_hub.written_at as "hubWrittenAt", in_hub.problem as "hubProblem"`;

/** Joins them to rows `wanted` (id, requested_by, tenant, user_id, hub, hub_user_id). */
export const joiningFacts = sql`
  left join lateral (select name as key_name from api_keys where api_keys.id = wanted.requested_by limit 1) as api_key on true
  left join lateral (
    select id, uuid from inbound_events where wanted.requested_by is null and shipment_id = wanted.id limit 1
  ) as event on true
  left join lateral (${retriesOf}) as retry on true
  left join lateral (${registrationOf('tenant', 'user_id')}) as registration on true
  left join lateral (${registrationOf('hub', 'hub_user_id')}) as in_hub on true`;

export function toFacts(requestedBy: string | null, row: FactsRow | undefined): Facts {
  if (row === undefined) return noFacts;
  const { keyName, eventId, eventUuid, state, writtenAt, problem, hubState } = row;
  return {
    requester: {
      apiKey: requestedBy === null || isOperator(requestedBy) ? null : { id: requestedBy, name: keyName },
      // A further key of an event has the event's uuid with its number.
      event:
        eventId === null || eventUuid === null ? null : { id: eventId, uuid: eventUuid.split('/', 1)[0] ?? eventUuid },
    },
    retries: (row.retries ?? []).flatMap(({ step: name, nextAt, ...rest }) => {
      // A step of a newer version is not one that this version shows.
      const step = stepNames.find((one) => one === name);
      return step === undefined ? [] : [{ step, ...rest, nextAt: new Date(nextAt) }];
    }),
    registration: state === null ? undefined : { state, writtenAt, problem },
    hubRegistration:
      hubState === null ? undefined : { state: hubState, writtenAt: row.hubWrittenAt, problem: row.hubProblem },
  };
}

/** An operator of the console, who is named by a keyed hash. */
const isOperator = (requestedBy: string): boolean => requestedBy.startsWith('operator:');
