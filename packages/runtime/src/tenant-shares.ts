import pLimit, { type LimitFunction } from 'p-limit';

import type { Contention } from './contention.ts';

/** A tenant has used up its share of something that there is little of. Others are not affected. */
export class ShareError extends Error {
  readonly code = 'share_used_up';
  readonly level = 'info';

  constructor() {
    super('The tenant has used up its share');
    this.name = 'ShareError';
  }
}

/** Of connections, for each tenant. */
export interface TenantShares {
  /** @throws ShareError when too much of this tenant's work waits, or this waited too long: then it was not begun */
  run: <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>;
}

export interface ShareSettings {
  /** How much of a tenant's work runs at once; the rest waits, and takes nothing from others meanwhile. */
  maxConcurrent: number;
  maxWaiting: number;
  maxWaitMs: number;
  /** While other tenants have work too, one that has more than its share runs one at a time, with rests in between. */
  contention?: Contention;
}

/** Gives each tenant a share of something that there is little of, such as connections. */
export function createTenantShares(settings: ShareSettings): TenantShares {
  const { maxConcurrent, maxWaiting, maxWaitMs, contention } = settings;
  const limits = new Map<string, LimitFunction>();
  const isCrowded = (tenant: string, limit: LimitFunction): boolean =>
    limit.pendingCount > 0 && contention?.isContended(tenant) === true;
  return {
    run: async (tenant, work) => {
      const limit = limits.get(tenant) ?? pLimit(maxConcurrent);
      limits.set(tenant, limit);
      if (limit.pendingCount >= maxWaiting) throw new ShareError();
      const givesUpAtMs = performance.now() + maxWaitMs;
      return inSlot(limit, async (answer) => {
        if (performance.now() > givesUpAtMs) throw new ShareError();
        const startedAtMs = performance.now();
        const result = work();
        answer(result);
        await result.catch(() => undefined);
        if (isCrowded(tenant, limit)) await contention?.giveWay(tenant, performance.now() - startedAtMs);
        limit.concurrency = isCrowded(tenant, limit) ? 1 : maxConcurrent;
      });
    },
  };
}

/** The work has its result when it answers, and keeps its turn until it has ended. */
const inSlot = <Result>(
  limit: LimitFunction,
  work: (answer: (result: Promise<Result>) => void) => Promise<void>,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    limit(() => work(resolve)).catch(reject);
  });
