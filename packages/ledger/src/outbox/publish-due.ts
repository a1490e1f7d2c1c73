import { sql } from 'kysely';

import type { Database, Ledger } from '../connect-ledger.ts';
import { ofAnyLength, prepared } from '../prepared.ts';
import { commitWithLast, sendTogether } from '../transactions.ts';
import { admit, slotsWithoutService, type Admission, type Admitted, type DueMessage } from './admit.ts';
import { chargeBudgets, orgsOf, type TenantBudget, type Uncharged } from './budgets.ts';
import { lockingLanes, readingState, stateOf, type State } from './read-state.ts';

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
  limit: number;
  /** The steps of a tenant that may be in flight at a service, for a message of this priority. */
  slotsOf: (priority: number) => number;
}

const unlimited = (): number => Number.POSITIVE_INFINITY;

/** Another relay is publishing for the same tenant, or a transaction has locked a message. */
const busyRetryMs = 20;

/**
 * Passes messages that are due, and whose steps may start now (admit.ts), to `publish`, and then marks them as published in the
 * same transaction. When publish or the commit fails, the same messages come again under the same dispatch id, and the queue
 * ignores the copies. A message that was taken back since it was looked at, as one may be after its mark too, has a job that finds nothing to do. Messages of steps that are not known here are a newer version's: they stay in the outbox. Of a
 * tenant, one relay publishes at a time, so that what is in flight is counted by one.
 */
export async function publishDue(
  ledger: Ledger,
  { knownSteps, limit, slotsOf = unlimited }: { knownSteps: readonly string[]; limit: number } & Partial<Selection>,
  publish: (messages: readonly PublishedMessage[]) => Promise<void>,
): Promise<Published> {
  return commitWithLast(ledger.db, async (tx) => {
    // More of one tenant are never admitted together: of a lane, no more than this many are looked at.
    const perLane = Math.min(limit, Math.max(slotsOf(0), slotsWithoutService));
    const { rows } = await sendTogether(tx, [lockingLanes({ steps: knownSteps })], () =>
      readingState(perLane).execute(tx),
    );
    const { lanes, ...state } = stateOf(ledger, rows);
    const nextDueMs = earliest(lanes.map(({ nextInMs }) => nextInMs));
    const due = lanes.filter(({ isDue }) => isDue);
    const own = due.filter(({ isOwn }) => isOwn);
    const idle = { ...nothing, againInMs: earliest([nextDueMs, due.length === 0 ? null : busyRetryMs]) };
    if (own.length === 0) return async () => idle;
    const tenants = [...new Set(own.map(({ tenant }) => tenant))];
    const { chosen, budgets, ...waiting } = choose(ledger, { tenants, state, selection: { limit, slotsOf } });
    if (chosen.length > 0) await publish(chosen);
    const charged = await chargeBudgets(ledger, tx, { budgets, started: chosen });
    return async (last) => {
      const marked = chosen.length === 0 ? 0 : await markPublished(last, chosen);
      const isBusy = due.length > own.length || marked < chosen.length;
      const againInMs = earliest([nextDueMs, waiting.againInMs, isBusy ? busyRetryMs : null]);
      return { published: chosen.length, ...waiting, ...charged, againInMs };
    };
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

type Choice = Omit<Published, 'published' | 'uncharged'> & { chosen: readonly Admitted[] };

function choose(
  ledger: Ledger,
  { tenants, state, selection }: { tenants: readonly string[]; state: State; selection: Selection },
): Choice {
  const { limit, slotsOf } = selection;
  const { due, inFlight, budgets } = state;
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

/**
 * One that another transaction has changed meanwhile is as that one left it, and one that it has locked is left for the next look.
 * @returns how many are marked
 */
async function markPublished(db: Database, chosen: readonly Admitted[]): Promise<number> {
  const { rows } = await sql`${prepared}
    update outbox set published_at = now() where ctid = any(array(
      -- Each by its key, and then where it was found: a join, or an index of what waits, may be read as a whole.
      select found.at
      from unnest(${ofAnyLength(chosen.map(({ subjectId }) => subjectId))}, ${chosen.map(({ step }) => step)}::text[],
        ${chosen.map(({ dispatchId }) => dispatchId)}::bigint[]) as chosen (subject_id, step, dispatch_id),
        lateral (
          select ctid as at from outbox
          where outbox.subject_id = chosen.subject_id and outbox.step = chosen.step and outbox.dispatch_id = chosen.dispatch_id
            and coalesce(published_at, 'infinity') = 'infinity' for update skip locked
        ) as found
    )) returning subject_id`.execute(db);
  return rows.length;
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
