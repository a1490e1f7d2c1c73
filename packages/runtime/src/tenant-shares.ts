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
  /**
   * `weight` is how much of the share the work takes; 1 by default, and the whole share at most.
   * @throws ShareError when too much of this tenant's work waits, or this waited too long: then it was not begun
   */
  run: <Result>(tenant: string, work: () => Promise<Result>, weight?: number) => Promise<Result>;
}

export interface ShareSettings {
  /** How much of a tenant's work runs at once; the rest waits, and takes nothing from others meanwhile. */
  maxConcurrent: number;
  maxWaiting: number;
  maxWaitMs: number;
  /** While other tenants have work too, one that has more than its share runs less of it at once, with rests in between. */
  contention?: Contention;
  /** How much it runs at once then; 1 by default. */
  maxConcurrentContended?: number;
}

interface Lane {
  running: number;
  /** What may run now. */
  capacity: number;
  /** In the order they came. */
  waiting: { weight: number; begin: () => void }[];
}

/** Gives each tenant a share of something that there is little of, such as connections. */
export function createTenantShares(settings: ShareSettings): TenantShares {
  const { maxConcurrent, maxWaiting, maxWaitMs, contention, maxConcurrentContended = 1 } = settings;
  const lanes = new Map<string, Lane>();
  const isCrowded = (tenant: string, lane: Lane): boolean =>
    lane.waiting.length > 0 && contention?.isContended(tenant) === true;
  const release = async (tenant: string, lane: Lane, { weight, tookMs }: { weight: number; tookMs: number }) => {
    if (isCrowded(tenant, lane)) await contention?.giveWay(tenant, tookMs);
    lane.capacity = isCrowded(tenant, lane) ? maxConcurrentContended : maxConcurrent;
    lane.running -= weight;
    beginNext(lane);
  };
  return {
    run: async (tenant, work, wantedWeight = 1) => {
      const weight = Math.min(wantedWeight, maxConcurrent);
      const lane = lanes.get(tenant) ?? { running: 0, capacity: maxConcurrent, waiting: [] };
      lanes.set(tenant, lane);
      if (!isFree(lane, weight)) await waitIn(lane, { weight, maxWaiting, maxWaitMs });
      else lane.running += weight;
      const startedAtMs = performance.now();
      try {
        return await work();
      } finally {
        // Not awaited: the work has its result when it answers, and keeps its turn until it has rested.
        void release(tenant, lane, { weight, tookMs: performance.now() - startedAtMs });
      }
    },
  };
}

const isFree = (lane: Lane, weight: number): boolean =>
  lane.waiting.length === 0 && (lane.running === 0 || lane.running + weight <= lane.capacity);

/** @throws ShareError at once when too many wait, and when it is its turn too late */
async function waitIn(
  lane: Lane,
  { weight, maxWaiting, maxWaitMs }: { weight: number; maxWaiting: number; maxWaitMs: number },
): Promise<void> {
  if (lane.waiting.length >= maxWaiting) throw new ShareError();
  const givesUpAtMs = performance.now() + maxWaitMs;
  await new Promise<void>((resolve) => {
    lane.waiting.push({ weight, begin: resolve });
  });
  if (performance.now() <= givesUpAtMs) return;
  lane.running -= weight;
  beginNext(lane);
  throw new ShareError();
}

function beginNext(lane: Lane): void {
  for (;;) {
    const [next] = lane.waiting;
    if (next === undefined || !(lane.running === 0 || lane.running + next.weight <= lane.capacity)) return;
    lane.waiting.shift();
    lane.running += next.weight;
    next.begin();
  }
}
