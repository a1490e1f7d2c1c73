import { keptForOthers, yielded, type Urgency } from '@keycourier/journey/ports/pace';

import { priorities } from './add-messages.ts';

/** A rate limit of a service for one tenant, as of now. */
export interface Budget {
  service: string;
  /** Empty for one that all calls to the service count in. */
  rateLimit: string;
  /** Calls in a window; 0 where the service only named a time until which it refuses all. */
  calls: number;
  windowMs: number;
  /** By the last answer that was recorded, of the window that ends after `resetsInMs`. */
  remaining: number;
  /** 0 or less when another window has begun. */
  resetsInMs: number;
  /** Calls that could be granted `creditedMsAgo`: to anything, and to batches and dry runs. */
  credit: number;
  batchCredit: number;
  creditedMsAgo: number;
}

/**
 * The steps of a tenant that may be in the queue or running at once, by service, for a message of this priority. Of the four
 * calls that connectors/resilience.ts lets a tenant make at a service, batches and dry runs use three, and four more steps of
 * what is urgent may wait there: none is turned away, however many workers there are.
 */
export function slotsOf(priority: number): number {
  if (priority >= priorities.batch) return 3;
  if (priority >= priorities.event) return 4;
  return priority === priorities.keyOfBatch ? 6 : 8;
}

/** What one window may have: of batches and dry runs, and of everything that can wait. */
const allowances = (calls: number, share: number): { batch: number; all: number } => ({
  batch: calls * share,
  all: calls * (share + (1 - share) * yielded.normal),
});

/** Of an allowance, what may be used at once after a time without calls. */
const burstShare = 0.05;

/** The most calls that a step's start can take beyond its credit. */
const largestDebt = 2;

interface Rate {
  burst: number;
  perMs: number;
}

/** A window that begins at any moment has no more than `allowance` calls: what is saved up, and what comes while it lasts. */
function rateOf(allowance: number, windowMs: number): Rate {
  const burst = Math.max(1, allowance * burstShare);
  return { burst, perMs: Math.max(allowance - burst - largestDebt, allowance / 2) / windowMs };
}

export interface Credit {
  all: number;
  batch: number;
}

/**
 * The credit now: it grows evenly up to a burst. What calls that wait for no credit have used makes others wait no longer than a
 * burst takes to grow: Okta's own count of what remains is the limit.
 */
export function creditOf({ calls, windowMs, credit, batchCredit, creditedMsAgo }: Budget, share: number): Credit {
  const allowed = allowances(calls, share);
  const grown = (saved: number, { burst, perMs }: Rate): number =>
    Math.min(burst, Math.max(saved, -burst) + perMs * Math.max(0, creditedMsAgo));
  return {
    all: grown(credit, rateOf(allowed.all, windowMs)),
    batch: grown(batchCredit, rateOf(allowed.batch, windowMs)),
  };
}

/** Whether the calls of a message's step count as those of batches, besides as those of all. */
export const isOfBatch = (priority: number): boolean =>
  priority >= priorities.batch || priority === priorities.keyOfBatch;

export function urgencyOf(priority: number): Urgency {
  if (priority >= priorities.batch) return 'patient';
  return priority >= priorities.event || priority === priorities.keyOfBatch ? 'normal' : 'urgent';
}

/**
 * How long a message of this priority waits for a limit, in milliseconds; 0 where it may start. Keys on their way and users
 * who set up a key now wait for no credit, but what they use is not granted to others.
 */
export function waitFor(
  budget: Budget,
  credit: Credit,
  { priority, share }: { priority: number; share: number },
): number {
  const { calls, windowMs, remaining, resetsInMs } = budget;
  if (resetsInMs > 0 && remaining <= keptForOthers({ calls, share }, urgencyOf(priority))) return resetsInMs;
  if (calls === 0 || priority < priorities.event) return 0;
  const allowed = allowances(calls, share);
  const waitAll = shortOf(credit.all, rateOf(allowed.all, windowMs));
  return priority < priorities.batch
    ? waitAll
    : Math.max(waitAll, shortOf(credit.batch, rateOf(allowed.batch, windowMs)));
}

const shortOf = (credit: number, { perMs }: Rate): number => (credit > 0 ? 0 : Math.ceil(-credit / perMs) + 1);

/**
 * Whether steps may start that are charged later: at least half of what may be used at once is left, so that what several
 * processes start like this before they know of each other is made up for soon.
 */
export function isAmple(budget: Budget, share: number, uncharged: Credit = { all: 0, batch: 0 }): boolean {
  const { calls, windowMs, remaining, resetsInMs } = budget;
  if (resetsInMs > 0 && remaining <= keptForOthers({ calls, share }, 'patient')) return false;
  if (calls === 0) return true;
  const credit = creditOf(budget, share);
  const allowed = allowances(calls, share);
  const isLeft = (left: number, allowance: number): boolean => left >= rateOf(allowance, windowMs).burst / 2;
  return isLeft(credit.all - uncharged.all, allowed.all) && isLeft(credit.batch - uncharged.batch, allowed.batch);
}
