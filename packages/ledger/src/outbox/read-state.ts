import { hubNameOf } from '@keycourier/journey/ports/hub';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import type { DueMessage, InFlight } from './admit.ts';
import { orgsOf, selectBudgets, type TenantBudget } from './budgets.ts';

/** The unpublished messages of one tenant, step and priority. */
interface Lane {
  tenant: string;
  step: string;
  priority: number;
  isDue: boolean;
  /** When the first of them that is not due will be; null where all are. */
  nextInMs: number | null;
  /** Whether this transaction publishes for the tenant. */
  isOwn: boolean;
}

/** Messages that are looked at. */
interface Looked {
  steps: readonly string[];
  /** Of this tenant alone, and as urgent as this or more; of all by default. */
  of?: { tenant: string; priority: number };
}

/**
 * Locks each tenant that has something due, for {@link readingState}: a statement of its own, since only one after the lock sees what the
 * relay before has published. A tenant stays unlocked for which another transaction publishes, or of which it has taken a place. Jumps from one
 * tenant, step and priority to the next, so that a backlog is not read as a whole.
 */
export function lockingLanes({ steps, of }: Looked): RawBuilder<unknown> {
  const within = of === undefined ? sql`` : sql`and tenant = ${of.tenant}`;
  // Of the lanes the length is enough: the next statement returns them. It and the others of the transaction read by plain index scans, which mark
  // the dead entries that they meet as such, so that the next scan skips them. A bitmap scan reads all of them again until a vacuum, and a
  // busy worker leaves hundreds a second in the indexes of running attempts and published messages.
  return sql`${prepared}
    with recursive lane (tenant, step, priority) as (
      (
        select tenant, step, priority from outbox where published_at is null ${within}
        order by tenant, step, priority limit 1
      )
      union all
      select next.* from lane, lateral (
        select tenant, step, priority from outbox
        where published_at is null and (tenant, step, priority) > (lane.tenant, lane.step, lane.priority) ${within}
        order by tenant, step, priority limit 1
      ) as next
    ), timed as materialized (
      -- With exists, Postgres may read all that is due in the whole outbox instead, where it expects little of it; without an order, all messages of the step.
      select lane.*, coalesce((
        select true from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority and published_at is null
          and due_at <= statement_timestamp()
        order by due_at limit 1
      ), false) as "isDue", (
        select ceil(extract(epoch from due_at - statement_timestamp()) * 1000)::float8 from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority and published_at is null
          and due_at > statement_timestamp()
        order by due_at limit 1
      ) as "nextInMs"
      from lane where step = any(${steps}::text[]) ${of === undefined ? sql`` : sql`and priority <= ${of.priority}`}
    ), locked as (
      select timed.*, case when "isDue" then ${tryLock} else false end as "isOwn" from timed
    )
    select length(set_config('keycourier.lanes', coalesce((select json_agg(locked) from locked), '[]')::text, true)
      || set_config('enable_bitmapscan', 'off', true))`;
}

const tryLock = sql<boolean>`pg_try_advisory_xact_lock(hashtext('keycourier_outbox'), hashtext(tenant))`;

/** Of a message. */
export const columns = sql`subject_id as "subjectId", step, tenant, dispatch_id::text as "dispatchId", priority`;

export interface State {
  due: readonly DueMessage[];
  inFlight: readonly (InFlight & { tenant: string })[];
  budgets: readonly TenantBudget[];
}

type LockedState = State & { lanes: readonly Lane[] };

/** The lanes that the statement before has found and locked, and all that decides what those of them may start; the budgets are locked. */
export const readingState = (perLane: number): RawBuilder<LockedState> => sql<LockedState>`${prepared}
    with lane as (
      select * from json_to_recordset(current_setting('keycourier.lanes')::json)
        as lane (tenant text, step text, priority smallint, "isDue" boolean, "nextInMs" float8, "isOwn" boolean)
    ), due as (
      select due.* from lane, lateral (
        select ${columns}, due_at, dispatch_id from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority
          and published_at is null and due_at <= statement_timestamp()
        order by due_at, dispatch_id limit ${perLane}::integer
      ) as due where "isOwn"
    ), in_flight as (
      select tenant, step, priority, count(*) as messages from (
        select tenant, step, priority from outbox
        where tenant = any(array(${ownTenants})) and published_at is not null and due_at <= statement_timestamp()
        union all
        -- Steps that followed others at once: their messages are published when their lease has run out. Attempts come first, in the order of
        -- their index: before the tables are analyzed, all that waits would be read for the few that run.
        select followed.* from (
          select shipment_id, step from step_attempts
          where ended_at is null and leased_until > statement_timestamp() order by shipment_id, step
        ) as attempt, lateral (
          select tenant, outbox.step, priority from outbox
          where subject_id = shipment_id and outbox.step = attempt.step and tenant = any(array(${ownTenants}))
            and published_at is null offset 0
        ) as followed
      ) as running group by tenant, step, priority
    ), budgets as (${selectBudgets(sql`array(${ownTenants} union all select ${hubNameOf('')} || tenant from lane where "isOwn")`)})
    select (select coalesce(json_agg(lane), '[]') from lane) as lanes,
      -- In the order of its rows. To name the columns in json_agg() itself takes twice as long, to subtract the others from each row thrice.
      (select coalesce(json_agg(one), '[]') from (
        select "subjectId", step, tenant, "dispatchId", priority from due order by due_at, dispatch_id
      ) as one) as due,
      (select coalesce(json_agg(in_flight), '[]') from in_flight) as "inFlight",
      (select coalesce(json_agg(budgets), '[]') from budgets) as budgets`;

/** Of the one row of {@link readingState}. */
export function stateOf(ledger: Ledger, rows: readonly LockedState[]): LockedState {
  const { lanes, due, inFlight, budgets } = rows[0] ?? { lanes: [], due: [], inFlight: [], budgets: [] };
  const orgs = new Set(lanes.flatMap(({ tenant }) => orgsOf(ledger, tenant)));
  return { lanes, due, inFlight, budgets: budgets.filter(({ tenant }) => orgs.has(tenant)) };
}

const ownTenants = sql`select tenant from lane where "isOwn"`;
