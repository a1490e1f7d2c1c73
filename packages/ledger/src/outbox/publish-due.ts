import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import { admit, slotsWithoutService, type Admission, type Admitted, type DueMessage, type InFlight } from './admit.ts';
import { chargeBudgets, orgsOf, selectBudgets, type TenantBudget, type Uncharged } from './budgets.ts';

export type OutboxMessage = DueMessage;

export type PublishedMessage = Admitted;

/** What one look at the outbox did, and when the next one may find something that no notification reports. */
export interface Published {
  published: number;
  /** More may be due now. */
  isMore: boolean;
  /** When a message is due, or a rate limit has calls again, in milliseconds; null where no message waits for a time. */
  againInMs: number | null;
  /** By tenant: the most urgent message that waits until a step of its tenant ends. */
  heldBack: ReadonlyMap<string, number>;
  /** The rate limits of the tenants whose messages were due, as they are now. */
  budgets: readonly TenantBudget[];
  /** Calls of the published messages' steps that are to be recorded. */
  uncharged: readonly Uncharged[];
}

interface Selection {
  knownSteps: readonly string[];
  limit: number;
  /** The steps of a tenant that may be in flight at a service, for a message of this priority. */
  slotsOf: (priority: number) => number;
}

const unlimited = (): number => Number.POSITIVE_INFINITY;

/** Another relay is publishing for the same tenant, or a transaction has locked a message. */
const busyRetryMs = 20;

/**
 * Passes messages that are due, and whose steps may start now (admit.ts), to `publish`, and marks them as published in the
 * same transaction. When publish or the commit fails, the same messages come again under the same dispatch id, and the queue
 * ignores the copies. Messages of steps that are not known here are a newer version's: they stay in the outbox. Of a
 * tenant, one relay publishes at a time, so that what is in flight is counted by one.
 */
export async function publishDue(
  ledger: Ledger,
  { knownSteps, limit, slotsOf = unlimited }: Omit<Selection, 'slotsOf'> & Partial<Pick<Selection, 'slotsOf'>>,
  publish: (messages: readonly PublishedMessage[]) => Promise<void>,
): Promise<Published> {
  return ledger.db.transaction().execute(async (tx) => {
    const lanes = await readLanes(tx, knownSteps);
    const nextDueMs = earliest(lanes.map(({ nextInMs }) => nextInMs));
    const due = lanes.filter(({ isDue }) => isDue);
    const own = due.filter(({ isOwn }) => isOwn);
    if (own.length === 0)
      return { ...nothing, againInMs: earliest([nextDueMs, due.length === 0 ? null : busyRetryMs]) };
    const { chosen, budgets, ...waiting } = await choose(ledger, tx, {
      lanes: own,
      selection: { knownSteps, limit, slotsOf },
    });
    const published = chosen.length === 0 ? [] : await markPublished(tx, chosen);
    const charged = await chargeBudgets(ledger, tx, { budgets, started: published });
    if (published.length > 0) await publish(published);
    const isBusy = due.length > own.length || published.length < chosen.length;
    const againInMs = earliest([nextDueMs, waiting.againInMs, isBusy ? busyRetryMs : null]);
    return { ...waiting, ...charged, published: published.length, againInMs };
  });
}

const nothing: Published = {
  published: 0,
  isMore: false,
  againInMs: null,
  heldBack: new Map(),
  budgets: [],
  uncharged: [],
};

const earliest = (times: readonly (number | null)[]): number | null =>
  times.reduce((first, ms) => (ms === null ? first : Math.min(first ?? ms, ms)), null);

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

/** Jumps from one tenant, step and priority to the next, so that a backlog is not read as a whole. */
async function readLanes(tx: Tx, knownSteps: readonly string[]): Promise<readonly Lane[]> {
  const { rows } = await sql<Lane>`${prepared}
    with recursive lane (tenant, step, priority) as (
      (select tenant, step, priority from outbox where published_at is null order by tenant, step, priority limit 1)
      union all
      select next.* from lane, lateral (
        select tenant, step, priority from outbox
        where published_at is null and (tenant, step, priority) > (lane.tenant, lane.step, lane.priority)
        order by tenant, step, priority limit 1
      ) as next
    ), timed as (
      select lane.*, exists (
        select from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority and published_at is null
          and due_at <= statement_timestamp()
      ) as "isDue", (
        select ceil(extract(epoch from due_at - statement_timestamp()) * 1000)::float8 from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority and published_at is null
          and due_at > statement_timestamp()
        order by due_at limit 1
      ) as "nextInMs"
      from lane where step = any(${knownSteps}::text[])
    )
    select timed.*, case when "isDue"
      then pg_try_advisory_xact_lock(hashtext('keycourier_outbox'), hashtext(tenant)) else false end as "isOwn"
    from timed`.execute(tx);
  return rows;
}

type Choice = Omit<Published, 'published' | 'uncharged'> & { chosen: readonly Admitted[] };

async function choose(
  ledger: Ledger,
  tx: Tx,
  { lanes, selection }: { lanes: readonly Lane[]; selection: Selection },
): Promise<Choice> {
  const { limit, slotsOf } = selection;
  const tenants = [...new Set(lanes.map(({ tenant }) => tenant))];
  // After the lock, only a statement of its own sees what the relay before has published.
  // Of a lane, no more than this many are looked at: more of one tenant are never admitted together.
  const perLane = Math.min(limit, Math.max(slotsOf(0), slotsWithoutService));
  const orgs = tenants.flatMap((one) => orgsOf(ledger, one));
  const { due, inFlight, budgets } = await readState(tx, { lanes, tenants, orgs, perLane });
  const admissions = tenants.map((tenant): [string, Admission] => [
    tenant,
    admit(
      {
        due: due.filter((message) => message.tenant === tenant),
        inFlight: inFlight.filter((lane) => lane.tenant === tenant),
        budgets: budgets.filter((budget) => orgsOf(ledger, tenant).includes(budget.tenant)),
        share: ledger.rateLimitShare(tenant),
      },
      slotsOf,
    ),
  ]);
  const admitted = admissions.flatMap(([, admission]) => admission.admitted);
  const chosen = admitted.toSorted((one, other) => one.rank - other.rank || one.priority - other.priority);
  return {
    chosen: chosen.slice(0, limit),
    budgets,
    isMore: chosen.length >= limit,
    heldBack: new Map(admissions.flatMap(([tenant, { heldBack }]) => (heldBack === null ? [] : [[tenant, heldBack]]))),
    againInMs: earliest(admissions.map(([, admission]) => admission.againInMs)),
  };
}

const columns = sql`subject_id as "subjectId", step, tenant, dispatch_id::text as "dispatchId", priority`;

type Wanted = { lanes: readonly Pick<Lane, 'tenant' | 'step' | 'priority'>[]; perLane: number } & Readonly<
  Record<'tenants' | 'orgs', readonly string[]>
>;

interface State {
  due: readonly DueMessage[];
  inFlight: readonly (InFlight & { tenant: string })[];
  budgets: readonly TenantBudget[];
}

/** False where another transaction publishes for the tenant, or has taken a place of it. */
export async function lockTenantsOutbox(tx: Tx, tenant: string): Promise<boolean> {
  const { rows } = await sql<{ isOwn: boolean }>`${prepared}
    select pg_try_advisory_xact_lock(hashtext('keycourier_outbox'), hashtext(${tenant})) as "isOwn"`.execute(tx);
  return rows[0]?.isOwn ?? false;
}

/** All that decides what these lanes may start; the budgets are locked. */
export async function readState(tx: Tx, { lanes, tenants, orgs, perLane }: Wanted): Promise<State> {
  const { rows } = await sql<State>`${prepared}
    with due as (
      select due.* from unnest(${lanes.map(({ tenant }) => tenant)}::text[], ${lanes.map(({ step }) => step)}::text[],
        ${lanes.map(({ priority }) => priority)}::smallint[]) as lane (tenant, step, priority), lateral (
        select ${columns}, due_at, dispatch_id from outbox
        where tenant = lane.tenant and step = lane.step and priority = lane.priority
          and published_at is null and due_at <= statement_timestamp()
        order by due_at, dispatch_id limit ${perLane}::integer
      ) as due
    ), in_flight as (
      select tenant, step, priority, count(*) as messages from (
        select tenant, step, priority from outbox
        where tenant = any(${tenants}::text[]) and published_at is not null and due_at <= statement_timestamp()
        union all
        -- Steps that followed others at once: their messages are published when their lease has run out.
        select tenant, outbox.step, priority
        from step_attempts join outbox on subject_id = shipment_id and outbox.step = step_attempts.step
        where ended_at is null and leased_until > statement_timestamp() and tenant = any(${tenants}::text[]) and published_at is null
      ) as running group by tenant, step, priority
    ), budgets as (${selectBudgets(orgs)})
    select (select coalesce(json_agg(to_jsonb(due) - 'due_at' - 'dispatch_id' order by due_at, dispatch_id), '[]') from due) as due,
      (select coalesce(json_agg(in_flight), '[]') from in_flight) as "inFlight",
      (select coalesce(json_agg(budgets), '[]') from budgets) as budgets`.execute(tx);
  return rows[0] ?? { due: [], inFlight: [], budgets: [] };
}

/** One that another transaction has changed or locked meanwhile is left for the next look. */
async function markPublished(tx: Tx, chosen: readonly Admitted[]): Promise<readonly Admitted[]> {
  const { rows } = await sql<DueMessage>`${prepared}
    update outbox set published_at = now() where (subject_id, step) in (
      select outbox.subject_id, outbox.step
      from outbox join unnest(${chosen.map(({ subjectId }) => subjectId)}::text[], ${chosen.map(({ step }) => step)}::text[],
        ${chosen.map(({ dispatchId }) => dispatchId)}::bigint[]) as chosen (subject_id, step, dispatch_id)
        using (subject_id, step, dispatch_id)
      where published_at is null for update of outbox skip locked
    ) returning ${columns}`.execute(tx);
  const marked = new Set(rows.map(({ dispatchId }) => dispatchId));
  return chosen.filter(({ dispatchId }) => marked.has(dispatchId));
}

/** Of a tenant's step no more are counted: a backlog is not read as a whole at each sweep. */
const countedAtMost = 10_000;

/** How many messages wait per step that is not known here. */
export async function countUnknownSteps(
  ledger: Ledger,
  knownSteps: readonly string[],
): Promise<readonly { step: string; messages: number }[]> {
  const { rows } = await sql<{ step: string; messages: number }>`
    with recursive lane (tenant, step) as (
      (select tenant, step from outbox where published_at is null order by tenant, step limit 1)
      union all
      select next.* from lane, lateral (
        select tenant, step from outbox where published_at is null and (tenant, step) > (lane.tenant, lane.step)
        order by tenant, step limit 1
      ) as next
    ), unknown as (
      select step, (
        select count(*) from (
          select from outbox where tenant = lane.tenant and step = lane.step and published_at is null limit ${countedAtMost}
        ) as waiting
      ) as messages
      from lane where step <> all(${knownSteps}::text[])
    )
    select step, sum(messages)::int as messages from unknown group by step order by step`.execute(ledger.db);
  return rows;
}
