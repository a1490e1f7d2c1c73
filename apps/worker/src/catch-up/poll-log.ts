import type { CatchUpSettings } from '@keycourier/config/catch-up';
import {
  isPageTooLarge,
  logFilter,
  type LogPage,
  type LogPosition,
  type SystemLog,
} from '@keycourier/connectors/okta/system-log';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { Poller, PollState } from '@keycourier/ledger/catch-up/claim-poll';
import { dropCursor, recordLogPage, type LogPageToRecord } from '@keycourier/ledger/catch-up/record-log-page';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readDeliveredEvent } from '@keycourier/ledger/events/read-delivered-event';

import { waitMs, windowAfter, type RateWindow } from './pace.ts';
import { clampSince, fallbackSince, lastPublishedOf, nextPosition, readToOf, startOf } from './position.ts';

/** One poll of a tenant's log. */
export interface LogPoll {
  ledger: Ledger;
  log: SystemLog;
  poller: Poller;
  settings: CatchUpSettings;
  state: PollState;
  /** Whether the overlap is to be read again once the end of the log is reached. */
  isOverlapDue: boolean;
  now: () => Date;
  isStopping: () => boolean;
  /** Before each call. @throws when the lease is lost */
  confirmLease: () => Promise<void>;
}

/** `more`: there is more to read, or the overlap is to be read; `paced`: the rate limit leaves no call until then. */
export type SweepEnd = { end: 'log_end' | 'more' | 'foreign_link' } | { end: 'paced'; afterMs: number };

/** What a poll read. */
export interface Polled {
  sweep: SweepEnd;
  pages: number;
  /** Pages of the overlap; null where it was not read to its end. */
  overlapPages: number | null;
  recorded: number;
  setAside: number;
}

/** A poll ends after this many pages, so that the lease can move and a stop is not held up. */
const maxPages = 20;

/**
 * Reads a tenant's log to its end, then what an overlap before it may have received late. What was read is committed page
 * by page.
 * @throws ConnectorError; LedgerError `lease_lost`
 */
export async function pollLog(poll: LogPoll): Promise<Polled> {
  const sweeper = createSweeper(poll);
  const sweep = await sweeper.sweep('log', nextPosition(poll.state, poll.settings, poll.now()));
  const pagesOfLog = sweeper.pages();
  const { overlap } = poll.settings;
  if (sweep.end !== 'log_end' || !poll.isOverlapDue || overlap === 0)
    return { sweep, overlapPages: null, ...sweeper.result() };
  const now = poll.now();
  const since = clampSince(new Date(now.getTime() - overlap), startOf(poll.state, poll.settings, now), now);
  const again = await sweeper.sweep('overlap', { since, limit: poll.state.pageLimit });
  const overlapPages = again.end === 'log_end' ? sweeper.pages() - pagesOfLog : null;
  return { sweep, overlapPages, ...sweeper.result() };
}

type Part = LogPageToRecord['part'];

interface Sweeper {
  sweep: (part: Part, start: LogPosition) => Promise<SweepEnd>;
  pages: () => number;
  result: () => { pages: number; recorded: number; setAside: number };
}

function createSweeper(poll: LogPoll): Sweeper {
  const { state } = poll;
  const result = { pages: 0, recorded: 0, setAside: 0 };
  let window: RateWindow | null =
    state.windowEndsAt === null ? null : { endsAt: state.windowEndsAt, callsLeft: state.windowCallsLeft ?? 0 };
  const readOne = async (part: Part, position: LogPosition): Promise<PageRead> => {
    await poll.confirmLease();
    result.pages += 1;
    const page = await poll.log.readPage(poll.poller.tenant, position);
    window = windowAfter(window, page.rateLimit, poll.now());
    const read = await recordPage(poll, part, { page, window });
    result.recorded += read.recorded;
    result.setAside += read.setAside;
    return read;
  };
  const sweep = async (part: Part, start: LogPosition): Promise<SweepEnd> => {
    let position = start;
    let lastPublished: Date | null = null;
    while (result.pages < maxPages && !poll.isStopping()) {
      const afterMs = waitMs(window, poll.now());
      if (afterMs > 0) return { end: 'paced', afterMs };
      try {
        const { page, published } = await readOne(part, position);
        if (page.isEnd) return { end: 'log_end' };
        const next = nextOf(page, position);
        if (next === null) return { end: 'foreign_link' };
        position = next;
        lastPublished = published ?? lastPublished;
      } catch (error) {
        const fallback = await positionAfterRefusal(poll, { error, part, position, start });
        position =
          'link' in position && lastPublished !== null
            ? { ...fallback, since: sinceOf(poll, lastPublished) }
            : fallback;
      }
    }
    return { end: 'more' };
  };
  return { sweep, pages: () => result.pages, result: () => ({ ...result }) };
}

interface PageRead {
  page: LogPage;
  published: Date | null;
  recorded: number;
  setAside: number;
}

async function recordPage(
  { ledger, poller, state, settings, now }: LogPoll,
  part: Part,
  { page, window }: { page: LogPage; window: RateWindow | null },
): Promise<PageRead> {
  const events = page.events.map(readDeliveredEvent);
  const startedFrom = startOf(state, settings, now());
  const counts = await recordLogPage(ledger, poller, {
    events,
    part,
    isEnd: page.isEnd,
    nextLink: page.next !== null && page.next !== 'foreign' ? page.next.link : null,
    filter: logFilter,
    startedFrom,
    readTo: readToOf(page, events, now()) ?? startedFrom,
    window,
  });
  return { page, published: lastPublishedOf(events, now()), ...counts };
}

/** A polling query has a next link on each page; one that leads back to the same page would be read for ever. */
function nextOf(page: LogPage, position: LogPosition): LogPosition | null {
  if (page.next === null || page.next === 'foreign') return null;
  return 'link' in position && position.link === page.next.link ? null : page.next;
}

/**
 * Where to go on after a link that the org does not accept any more, or a page that is too large.
 * @throws any other error
 */
async function positionAfterRefusal(
  poll: LogPoll,
  { error, part, position, start }: { error: unknown; part: Part; position: LogPosition; start: LogPosition },
): Promise<{ since: Date; limit: number }> {
  if (!(error instanceof ConnectorError)) throw error;
  const limit = 'limit' in position ? position.limit : poll.state.pageLimit;
  const isTooLarge = isPageTooLarge(error) && limit > 1;
  const isRefused = 'link' in position && (error.fault === 'refused' || error.fault === 'not_found');
  if (!isTooLarge && !isRefused) throw error;
  const smaller = isTooLarge ? Math.max(1, Math.floor(limit / 10)) : limit;
  if (part === 'log') await dropCursor(poll.ledger, poll.poller, isTooLarge ? smaller : null);
  if ('since' in position) return { since: position.since, limit: smaller };
  if ('since' in start) return { since: start.since, limit: smaller };
  return { since: fallbackSince(poll.state, poll.settings, poll.now()), limit: smaller };
}

const sinceOf = ({ state, settings, now }: LogPoll, since: Date): Date =>
  clampSince(since, startOf(state, settings, now()), now());
