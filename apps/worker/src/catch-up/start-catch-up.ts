import { setTimeout as sleep } from 'node:timers/promises';

import { pollTenant, type CatchUp } from './poll-tenant.ts';

/** Until a poll is tried again that failed for another reason than Okta: the database is away. */
const failedPollRetryMs = 1_000;

/** An overlap of so many pages (of events, and the empty one) is read at each poll. */
const shortOverlapPages = 2;

/**
 * Polls the System Log of each tenant, at once and then again and again. Each tenant has a loop of its own, so that none
 * waits for another. Closing lets the page that is being read be committed.
 */
export function startCatchUp(
  tenants: readonly string[],
  catchUp: Omit<CatchUp, 'isStopping'>,
): { close: () => Promise<void> } {
  const stopping = new AbortController();
  const loops = tenants.map((tenant) => pollAgainAndAgain(tenant, catchUp, stopping.signal));
  return {
    close: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function pollAgainAndAgain(
  tenant: string,
  catchUp: Omit<CatchUp, 'isStopping'>,
  stopping: AbortSignal,
): Promise<void> {
  let atOnce = true;
  let isOverlapShort = true;
  while (!stopping.aborted) {
    let waitMs = failedPollRetryMs;
    try {
      const options = { tenant, atOnce, isOverlapShort };
      const ended = await pollTenant({ ...catchUp, isStopping: () => stopping.aborted }, options);
      waitMs = ended.waitMs;
      atOnce = false;
      if (ended.overlapPages !== null) isOverlapShort = ended.overlapPages <= shortOverlapPages;
    } catch (error) {
      catchUp.reports.onError(error);
    }
    await sleep(waitMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}
