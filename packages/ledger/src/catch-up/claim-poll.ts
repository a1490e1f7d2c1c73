import type { CatchUpProblem } from '@keycourier/journey/model/catch-up';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';

/** How far a tenant's System Log is read, and under which limits. */
export interface PollState {
  /** The whole `next` link of the last page; null where there is none, or Okta refused it. */
  nextLink: string | null;
  logFilter: string | null;
  pageLimit: number;
  /** Nothing that the org logged before is wanted; null before the first poll. */
  startedFrom: Date | null;
  /** What the org logged before was read; null before the first page. */
  readTo: Date | null;
  overlapReadAt: Date | null;
  /** What the rate limit window that ends then has left for catch-up. */
  windowEndsAt: Date | null;
  windowCallsLeft: number | null;
  hookCheckedAt: Date | null;
  problem: CatchUpProblem | null;
  failures: number;
}

export type PollClaim = { outcome: 'claimed'; state: PollState } | { outcome: 'waiting'; afterMs: number };

/** The worker that polls, as it claims and keeps the lease. */
export interface Poller {
  tenant: string;
  worker: string;
  leaseMs: number;
}

/**
 * Claims a tenant's poll for one worker of a fleet. `atOnce`, for a worker that starts, does not wait for the poll to be
 * due; nothing claims one before another worker's lease, a wait that Okta asked for or the tenant's pause has ended.
 */
export async function claimPoll(
  ledger: Ledger,
  { tenant, worker, leaseMs }: Poller,
  { atOnce }: { atOnce: boolean },
): Promise<PollClaim> {
  await ledger.db
    .insertInto('catch_up')
    .values({ tenant })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute();
  return ledger.db.transaction().execute(async (tx) => {
    const { waitMs, ...state } = await lockPoll(tx, tenant, { worker, atOnce });
    if (waitMs > 0) return { outcome: 'waiting', afterMs: waitMs };
    await tx
      .updateTable('catch_up')
      .set({ leased_by: worker, leased_until: sql`statement_timestamp() + ${leaseMs} * interval '1 ms'` })
      .where('tenant', '=', tenant)
      .execute();
    return { outcome: 'claimed', state };
  });
}

/** After waiting for the row's lock, only the statement's own time is current. */
async function lockPoll(
  tx: Tx,
  tenant: string,
  { worker, atOnce }: { worker: string; atOnce: boolean },
): Promise<PollState & { waitMs: number }> {
  await tx.selectFrom('catch_up').select('tenant').where('tenant', '=', tenant).forUpdate().execute();
  const { rows } = await sql<PollState & { waitMs: number }>`
    select
      next_link as "nextLink", log_filter as "logFilter", page_limit as "pageLimit", started_from as "startedFrom",
      read_to as "readTo", overlap_read_at as "overlapReadAt", window_ends_at as "windowEndsAt",
      window_calls_left as "windowCallsLeft", hook_checked_at as "hookCheckedAt", problem, failures,
      coalesce(ceil(extract(epoch from greatest(
        case when leased_by <> ${worker} then leased_until end,
        case when not ${atOnce}::boolean then due_at end,
        blocked_until, paused_until
      ) - statement_timestamp()) * 1000), 0)::float8 as "waitMs"
    from catch_up left join tenants on tenants.name = tenant
    where tenant = ${tenant}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new LedgerError('bad_row', `The poll of ${tenant} cannot be read`);
  return row;
}

/** Extends the lease from now. False when another worker polls, and this one must stop. */
export async function renewPoll(ledger: Ledger, { tenant, worker, leaseMs }: Poller): Promise<boolean> {
  const renewed = await ledger.db
    .updateTable('catch_up')
    .set({ leased_until: sql`now() + ${leaseMs} * interval '1 ms'` })
    .where('tenant', '=', tenant)
    .where('leased_by', '=', worker)
    .where('leased_until', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}

/** How a poll ended. */
export interface PollEnd {
  /** Until the next poll. */
  dueInMs: number;
  /** Until Okta may be asked again, at a start too. */
  blockedMs: number;
  problem: { code: CatchUpProblem; detail: string } | null;
}

/** Ends the lease. A worker that has lost it writes nothing. */
export async function releasePoll(ledger: Ledger, { tenant, worker }: Poller, end: PollEnd): Promise<void> {
  const { problem } = end;
  const since = sql<Date>`case when problem is not distinct from ${problem?.code ?? null} then problem_since else ${ledger.now()}::timestamptz end`;
  await ledger.db
    .updateTable('catch_up')
    .set({
      leased_by: null,
      leased_until: null,
      due_at: sql`now() + ${end.dueInMs} * interval '1 ms'`,
      blocked_until: end.blockedMs > 0 ? sql`now() + ${end.blockedMs} * interval '1 ms'` : null,
      ...(problem === null
        ? {}
        : {
            problem: problem.code,
            problem_detail: problem.detail,
            problem_since: since,
            failures: sql<number>`failures + 1`,
          }),
    })
    .where('tenant', '=', tenant)
    .where('leased_by', '=', worker)
    .execute();
}
