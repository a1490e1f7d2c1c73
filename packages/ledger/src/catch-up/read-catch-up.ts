import type { CatchUpProblem } from '@keycourier/journey/model/catch-up';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { unreadableType } from '../events/read-delivered-event.ts';
import { utcDay } from '../events/record-events.ts';
import { capWarningShare, dailyCap, type HookStatus } from './watch-hook.ts';

/** What is known about a tenant's events: how far its log is read, and what its hook delivers. */
export interface CatchUpStatus {
  /** Events that the org logged before are in the inbox; null before the first page was read. */
  readTo: Date | null;
  lagMs: number | null;
  /** The last poll that found the end of the log. */
  polledAt: Date | null;
  nextPollAt: Date | null;
  lastPublished: Date | null;
  eventsReadToday: number;
  /** Events that no hook delivered, not even late. */
  foundOnlyHere: { today: number; total: number };
  cursorRefusals: number;
  cursorRefusedAt: Date | null;
  problem: { code: CatchUpProblem; detail: string; since: Date } | null;
  hook: { status: HookStatus; problem: string | null; checkedAt: Date | null; lastDeliveryAt: Date | null };
  cap: CapUse;
}

/** The share of Okta's daily cap that our hook's deliveries have used today. Other hooks of the org use the same cap. */
export interface CapUse {
  delivered: number;
  cap: number;
  share: number;
  isNear: boolean;
}

interface Row {
  read_to: Date | null;
  polled_at: Date | null;
  next_poll_at: Date | null;
  last_published: Date | null;
  cursor_refusals: number | null;
  cursor_refused_at: Date | null;
  problem: CatchUpProblem | null;
  problem_detail: string | null;
  problem_since: Date | null;
  hook_status: HookStatus | null;
  hook_problem: string | null;
  hook_checked_at: Date | null;
}

interface Counts {
  delivered: number;
  read: number;
  last_delivery_at: Date | null;
  found_today: number;
  found: number;
}

/**
 * Reads a tenant's catch-up. An event that a poll found counts as found only here once no hook has brought it within
 * `graceMs`: a poll is often faster than the hook.
 */
export async function readCatchUp(
  ledger: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  { graceMs }: { graceMs: number },
): Promise<CatchUpStatus> {
  const now = ledger.now();
  const [row] = (await stateQuery(tenant).execute(ledger.db)).rows;
  const [counts] = (
    await countQuery(tenant, { now, receivedBefore: new Date(now.getTime() - graceMs) }).execute(ledger.db)
  ).rows;
  const readTo = row?.read_to ?? null;
  return {
    readTo,
    lagMs: readTo === null ? null : Math.max(0, now.getTime() - readTo.getTime()),
    polledAt: row?.polled_at ?? null,
    nextPollAt: row?.next_poll_at ?? null,
    lastPublished: row?.last_published ?? null,
    eventsReadToday: counts?.read ?? 0,
    foundOnlyHere: { today: counts?.found_today ?? 0, total: counts?.found ?? 0 },
    cursorRefusals: row?.cursor_refusals ?? 0,
    cursorRefusedAt: row?.cursor_refused_at ?? null,
    problem: problemOf(row),
    hook: {
      status: row?.hook_status ?? 'unknown',
      problem: row?.hook_problem ?? null,
      checkedAt: row?.hook_checked_at ?? null,
      lastDeliveryAt: counts?.last_delivery_at ?? null,
    },
    cap: capUse(counts?.delivered ?? 0),
  };
}

export function capUse(delivered: number): CapUse {
  const share = delivered / dailyCap;
  return { delivered, cap: dailyCap, share, isNear: share >= capWarningShare };
}

function problemOf(row: Row | undefined): CatchUpStatus['problem'] {
  if (row === undefined || row.problem === null || row.problem_since === null) return null;
  return { code: row.problem, detail: row.problem_detail ?? '', since: row.problem_since };
}

const stateQuery = (tenant: string) => sql<Row>`
  select read_to, polled_at, greatest(due_at, blocked_until) as next_poll_at, last_published, cursor_refusals,
    cursor_refused_at, problem, problem_detail, problem_since, hook_status, hook_problem, hook_checked_at
  from catch_up where tenant = ${tenant}`;

const countQuery = (tenant: string, { now, receivedBefore }: { now: Date; receivedBefore: Date }) => sql<Counts>`
  with counted as (
    select
      coalesce(sum(delivered) filter (where day = ${utcDay(now)}), 0)::float8 as delivered,
      coalesce(sum(read_from_log) filter (where day = ${utcDay(now)}), 0)::float8 as read,
      max(last_delivery_at) as last_delivery_at
    from event_counts where tenant = ${tenant}
  ), found as (
    select count(*)::float8 as found,
      (count(*) filter (where (received_at at time zone 'utc')::date = ${utcDay(now)}))::float8 as found_today
    from inbound_events
    where tenant = ${tenant} and source = 'catch_up' and delivered_at is null and event_type <> ${unreadableType}
      and received_at <= ${receivedBefore}
  )
  select * from counted, found`;
