import pLimit, { type LimitFunction } from 'p-limit';

/** Lets few batches at a time have a connection to the database. */
export interface BatchLimiter {
  take: <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>;
}

/**
 * Batches of one tenant wait for each other anyway: here they do so without a connection each, which the tenant's other
 * requests and those of other tenants need.
 */
export function createBatchLimiter(mostAtOnce: number): BatchLimiter {
  const all = pLimit(mostAtOnce);
  const byTenant = new Map<string, LimitFunction>();
  return {
    take: (tenant, work) => {
      const own = byTenant.get(tenant) ?? pLimit(1);
      byTenant.set(tenant, own);
      return own(() => all(work));
    },
  };
}
