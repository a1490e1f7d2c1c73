import pLimit, { type LimitFunction } from 'p-limit';

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
}

/** Gives each tenant a share of something that there is little of, such as connections. */
export function createTenantShares({ maxConcurrent, maxWaiting, maxWaitMs }: ShareSettings): TenantShares {
  const limits = new Map<string, LimitFunction>();
  return {
    run: async (tenant, work) => {
      const limit = limits.get(tenant) ?? pLimit(maxConcurrent);
      limits.set(tenant, limit);
      if (limit.pendingCount >= maxWaiting) throw new ShareError();
      const givesUpAtMs = performance.now() + maxWaitMs;
      return limit(() => {
        if (performance.now() > givesUpAtMs) throw new ShareError();
        return work();
      });
    },
  };
}
