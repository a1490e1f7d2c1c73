import type { CatchUpSettings } from '@keycourier/config/catch-up';
import { logFilter, type LogPage, type LogPosition } from '@keycourier/connectors/okta/system-log';
import type { PollState } from '@keycourier/ledger/catch-up/claim-poll';
import type { DeliveredEvent } from '@keycourier/ledger/events/event-keys';

const hourMs = 3_600_000;

/** Okta refuses a `since` of more than 180 days ago (E0000053); an hour less, since clocks differ. */
const furthestBackMs = 180 * 24 * hourMs - hourMs;

type Settings = Pick<CatchUpSettings, 'lookBack' | 'overlap'>;

/** From when on the log is wanted: at the first poll, so far back as the tenant says. */
export const startOf = ({ startedFrom }: PollState, { lookBack }: Settings, now: Date): Date =>
  startedFrom ?? new Date(now.getTime() - lookBack);

/** Where the next page starts: at the link of the page before, else an overlap before what was read. */
export function nextPosition(state: PollState, settings: Settings, now: Date): LogPosition {
  const { nextLink, logFilter: filterOfLink, pageLimit } = state;
  // The link continues the event types of the version that stored it.
  if (nextLink !== null && filterOfLink === logFilter) return { link: nextLink };
  return { since: fallbackSince(state, settings, now), limit: pageLimit };
}

/** Where to read without a link. */
export function fallbackSince(state: PollState, settings: Settings, now: Date): Date {
  const startedFrom = startOf(state, settings, now);
  const { readTo } = state;
  const from = readTo === null ? startedFrom : new Date(readTo.getTime() - settings.overlap);
  return clampSince(from, startedFrom, now);
}

/** Never before what is wanted, nor further back than Okta allows. */
export function clampSince(since: Date, startedFrom: Date, now: Date): Date {
  return new Date(Math.max(since.getTime(), startedFrom.getTime(), now.getTime() - furthestBackMs));
}

/**
 * What is read of the log with a page. Pages are in the order in which the org logged the events, and it logs none before
 * it is published: so all is read that it logged before the earliest event of the page was published.
 */
export function readToOf(page: LogPage, events: readonly DeliveredEvent[], now: Date): Date | null {
  if (page.isEnd) return page.servedAt ?? now;
  const published = events.flatMap((event) => event.published?.getTime() ?? []);
  return published.length === 0 ? null : new Date(Math.min(now.getTime(), ...published));
}

/** Where a sweep whose link was refused goes on: what is unread was logged after the page's events were published. */
export function lastPublishedOf(events: readonly DeliveredEvent[], now: Date): Date | null {
  const published = events.flatMap((event) => event.published?.getTime() ?? []);
  return published.length === 0 ? null : new Date(Math.min(now.getTime(), Math.max(...published)));
}
