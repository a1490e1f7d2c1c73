import type { LogPage } from '@keycourier/connectors/okta/system-log';

/** The rate limit window of a tenant's log: when it ends, and how many calls it has left for catch-up. */
export interface RateWindow {
  endsAt: Date;
  callsLeft: number;
}

/** Catch-up uses at most this share of the log's limit: the org's other readers have the rest. */
const share = 0.5;

/** Calls of a window that are left in any case, so that no other reader of the log is refused because of us. */
const reserveOf = (limit: number): number => Math.max(1, Math.ceil(limit / 10));

/**
 * The window after an answer. One that has not ended is counted down, even if the answer names more calls; it lasts longer
 * where the answer names a later end, since an org that begins a new window within ours would otherwise see two of ours in
 * one of its own. Null while no answer has named a limit. (A limit of 0 is that of concurrent calls, whose reset means nothing.)
 */
export function windowAfter(
  previous: RateWindow | null,
  rateLimit: LogPage['rateLimit'],
  now: Date,
): RateWindow | null {
  const isSame = previous !== null && now.getTime() < previous.endsAt.getTime();
  const counted = isSame ? { ...previous, callsLeft: previous.callsLeft - 1 } : null;
  if (rateLimit === null || rateLimit.limit === 0) return counted;
  const { limit, remaining, resetsInMs } = rateLimit;
  // A limit that was lowered within a window counts from its first answer on.
  const ours = Math.min(counted?.callsLeft ?? limit, Math.max(1, Math.floor(limit * share)) - 1);
  return {
    endsAt: new Date(Math.max(counted?.endsAt.getTime() ?? 0, now.getTime() + resetsInMs)),
    callsLeft: Math.min(ours, remaining - reserveOf(limit)),
  };
}

/** For how long the next call has to wait; 0 when it may be made now. */
export function waitMs(window: RateWindow | null, now: Date): number {
  if (window === null || window.callsLeft > 0) return 0;
  return Math.max(0, window.endsAt.getTime() - now.getTime());
}
