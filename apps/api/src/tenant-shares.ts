import { ShareError, type TenantShares } from '@keycourier/http/tenant-shares';
import pLimit, { type LimitFunction } from 'p-limit';

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
