import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import type { DeliveredEvent } from '../events/event-keys.ts';
import { recordEvents, utcDay, type RecordedEvents } from '../events/record-events.ts';
import type { Poller } from './claim-poll.ts';

/** One page of the System Log. */
export interface LogPageToRecord {
  events: readonly DeliveredEvent[];
  /** `log` moves the position in the log; `overlap` is read again for what arrived late, and moves nothing. */
  part: 'log' | 'overlap';
  /** Whether the page was empty: the end of the log, for now. */
  isEnd: boolean;
  nextLink: string | null;
  filter: string;
  startedFrom: Date;
  /** What the org logged before is read with this page. */
  readTo: Date;
  /** The rate limit window after this call; null where no answer has named one. */
  window: { endsAt: Date; callsLeft: number } | null;
}

/**
 * Commits a page's events, where the next page starts, and the lease, in one transaction: no event is lost or taken twice
 * wherever a worker dies.
 * @throws LedgerError `lease_lost` when another worker polls; nothing is written then
 */
export async function recordLogPage(ledger: Ledger, poller: Poller, page: LogPageToRecord): Promise<RecordedEvents> {
  const { tenant } = poller;
  const recorded = await ledger.db.transaction().execute(async (tx) => {
    const updated = await tx
      .updateTable('catch_up')
      .set({
        leased_until: sql`statement_timestamp() + ${poller.leaseMs} * interval '1 ms'`,
        ...(page.window === null
          ? {}
          : { window_ends_at: page.window.endsAt, window_calls_left: page.window.callsLeft }),
        ...(page.part === 'log' ? positionAfter(ledger, page) : {}),
        ...(page.part === 'overlap' && page.isEnd ? { overlap_read_at: ledger.now() } : {}),
      })
      .where('tenant', '=', tenant)
      .where('leased_by', '=', poller.worker)
      .where('leased_until', '>', sql<Date>`statement_timestamp()`)
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) throw new LedgerError('lease_lost', `Another worker polls the log of ${tenant}`);
    if (page.events.length === 0) return { recorded: 0, setAside: 0 };
    if (page.part === 'log') await countRead(ledger, tx, { tenant, events: page.events.length });
    return recordEvents(ledger, tx, { tenant, source: 'catch_up', events: page.events });
  });
  if (recorded.recorded > recorded.setAside) ledger.notifier.notify();
  return recorded;
}

function positionAfter(ledger: Ledger, page: LogPageToRecord) {
  const published = page.events.map((event) => event.published?.getTime() ?? 0);
  const last = Math.max(0, ...published);
  return {
    next_link: page.nextLink,
    log_filter: page.filter,
    started_from: page.startedFrom,
    read_to: sql<Date>`greatest(read_to, ${page.readTo}::timestamptz)`,
    ...(last === 0 ? {} : { last_published: sql<Date>`greatest(last_published, ${new Date(last)}::timestamptz)` }),
    ...(page.isEnd ? { polled_at: ledger.now(), page_limit: 1_000 } : {}),
    ...(page.nextLink === null && !page.isEnd ? {} : noProblem),
  };
}

const noProblem = { problem: null, problem_detail: null, problem_since: null, failures: 0 };

/** The shard of what is read from the log: one worker polls at a time. */
const logShard = -1;

async function countRead(
  ledger: Ledger,
  tx: Ledger['db'],
  { tenant, events }: { tenant: string; events: number },
): Promise<void> {
  await sql`
    insert into event_counts (tenant, day, shard, read_from_log)
    values (${tenant}, ${utcDay(ledger.now())}, ${logShard}::int, ${events}::int)
    on conflict (tenant, day, shard) do update set
      read_from_log = event_counts.read_from_log + excluded.read_from_log`.execute(tx);
}

/**
 * Drops a position that cannot be continued: the next page is read from `read_to`, with the overlap. `pageLimit` is
 * smaller after a page that was too large to read.
 */
export async function dropCursor(ledger: Ledger, { tenant, worker }: Poller, pageLimit: number | null): Promise<void> {
  await ledger.db
    .updateTable('catch_up')
    .set({
      next_link: null,
      cursor_refusals: sql<number>`cursor_refusals + 1`,
      cursor_refused_at: ledger.now(),
      ...(pageLimit === null ? {} : { page_limit: pageLimit }),
    })
    .where('tenant', '=', tenant)
    .where('leased_by', '=', worker)
    .execute();
}

/** Forgets the position of a tenant whose catch-up is off: once it is on again, it starts like the first time. */
export async function forgetPosition(ledger: Ledger, tenant: string): Promise<void> {
  await ledger.db
    .updateTable('catch_up')
    .set({ next_link: null, started_from: null, read_to: null, overlap_read_at: null, problem: null, failures: 0 })
    .where('tenant', '=', tenant)
    .where('read_to', 'is not', null)
    .execute();
}
