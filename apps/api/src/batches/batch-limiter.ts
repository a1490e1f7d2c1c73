import pLimit, { type LimitFunction } from 'p-limit';

/** Limits how many batches use a database connection at a time. */
export interface BatchLimiter {
  run: <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>;
}

/** Batches of one tenant wait for each other anyway; waiting here takes no database connection from other requests. */
export function createBatchLimiter(maxConcurrent: number): BatchLimiter {
  const all = pLimit(maxConcurrent);
  const byTenant = new Map<string, LimitFunction>();
  return {
    run: (tenant, work) => {
      const own = byTenant.get(tenant) ?? pLimit(1);
      byTenant.set(tenant, own);
      return own(() => all(work));
    },
  };
}
