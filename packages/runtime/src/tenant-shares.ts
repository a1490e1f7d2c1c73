import { setImmediate, setTimeout } from 'node:timers/promises';

import type { Contention } from './contention.ts';
import { endsWithin } from './ends-within.ts';
import { isHeavy, newLane, noteBegun, noteDemand, type Lane } from './tenant-lanes.ts';

/**
 * Work was not begun: the tenant has used up its share of something that there is little of, which does not affect others, or
 * the process is stopping.
 */
export class ShareError extends Error {
  readonly code: 'share_used_up' | 'stopping';
  readonly level = 'info';

  constructor(code: ShareError['code'] = 'share_used_up') {
    super(code === 'stopping' ? 'The process is stopping' : 'The tenant has used up its share');
    this.name = 'ShareError';
    this.code = code;
  }
}

/** Of connections, for each tenant. */
export interface TenantShares {
  /**
   * `weight` is how much of the share the work takes; 1 by default, and the whole share at most.
   * @throws ShareError when too much of this tenant's work waits, this waited too long, or nothing is begun any more
   */
  run: <Result>(tenant: string, work: () => Promise<Result>, weight?: number) => Promise<Result>;
  /**
   * Closes the servers whose requests are the work. Goes on as before until all are answered, for {@link drainMs} at most; then
   * begins nothing any more, and resolves when what runs has ended: nothing uses connections after that.
   */
  drain: (servers: readonly { close: () => Promise<void> }[]) => Promise<void>;
}

/** Less than a server waits for its last answers (http-server.ts), so that what is not begun is answered. */
export const drainMs = 10_000;

export interface ShareSettings {
  /** How much of a tenant's work runs at once; the rest waits, and takes nothing from others meanwhile. */
  maxConcurrent: number;
  maxWaiting: number;
  maxWaitMs: number;
  /**
   * While others have work too, a tenant that has more than one of those runs less of it at once, and where some must wait
   * nevertheless, it rests in between.
   */
  contention?: Contention;
  /** How much it runs at once then; its share by default. */
  maxConcurrentContended?: number;
  /** The same while more of it waits; 1 by default. */
  maxConcurrentCrowded?: number;
  nowMs?: () => number;
}

/** Gives each tenant a share of something that there is little of, such as connections. */
export function createTenantShares(settings: ShareSettings): TenantShares {
  const { maxConcurrent, maxWaiting, maxWaitMs, contention, nowMs = () => performance.now() } = settings;
  const { maxConcurrentContended = maxConcurrent, maxConcurrentCrowded = 1 } = settings;
  const lanes = new Map<string, Lane>();
  const work = countWork();
  const givesWay = (tenant: string, lane: Lane): boolean =>
    contention?.isContended(tenant) === true && isHeavy(lane, lanes, nowMs());
  const capacityOf = (tenant: string, lane: Lane): number => {
    if (!givesWay(tenant, lane)) return maxConcurrent;
    return lane.waiting.length > 0 ? maxConcurrentCrowded : maxConcurrentContended;
  };
  const release = async (tenant: string, lane: Lane, { weight, tookMs }: { weight: number; tookMs: number }) => {
    if (lane.waiting.length > 0 && givesWay(tenant, lane)) await contention?.giveWay(tenant, tookMs);
    lane.running -= weight;
    beginNext(lane, { capacity: () => capacityOf(tenant, lane), nowMs });
  };
  return {
    run: async (tenant, begin, wantedWeight = 1) => {
      work.requireAdmission();
      const weight = Math.min(wantedWeight, maxConcurrent);
      const lane = lanes.get(tenant) ?? newLane();
      lanes.set(tenant, lane);
      noteDemand(lane, weight, nowMs());
      const capacity = (): number => capacityOf(tenant, lane);
      if (lane.waiting.length > 0 || !isFree(lane, weight, capacity()))
        await waitIn(lane, { maxWaiting, maxWaitMs, weight, capacity, nowMs });
      else noteBegun(lane, weight, nowMs());
      const startedAtMs = performance.now();
      try {
        return await work.run(begin);
      } finally {
        // Not awaited: the work has its result when it answers, and keeps its turn until it has rested.
        void release(tenant, lane, { weight, tookMs: performance.now() - startedAtMs });
      }
    },
    drain: (servers) => drain(servers, lanes, work.stop),
  };
}

async function drain(
  servers: readonly { close: () => Promise<void> }[],
  lanes: ReadonlyMap<string, Lane>,
  stop: () => Promise<void>,
): Promise<void> {
  const served = Promise.all(servers.map((server) => server.close()));
  await endsWithin(drainMs, served);
  const ended = stop();
  for (const { waiting } of lanes.values())
    for (const { refuse } of waiting.splice(0)) refuse(new ShareError('stopping'));
  await Promise.all([served, ended]);
}

function countWork() {
  let running = 0;
  let isStopping = false;
  let onEnd = (): void => undefined;
  const requireAdmission = (): void => {
    if (isStopping) throw new ShareError('stopping');
  };
  return {
    requireAdmission,
    run: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      requireAdmission();
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) onEnd();
      }
    },
    /** Resolves when nothing runs; nothing begins any more. */
    stop: async (): Promise<void> => {
      isStopping = true;
      if (running > 0) await new Promise<void>((resolve) => (onEnd = resolve));
    },
  };
}

const isFree = ({ running }: Lane, weight: number, capacity: number): boolean =>
  running === 0 || running + weight <= capacity;

interface Begins {
  capacity: () => number;
  nowMs: () => number;
}

/** @throws ShareError at once when too many wait, and when it waited too long */
async function waitIn(
  lane: Lane,
  { weight, maxWaiting, maxWaitMs, ...begins }: Begins & { weight: number; maxWaiting: number; maxWaitMs: number },
): Promise<void> {
  if (lane.waiting.length >= maxWaiting) throw new ShareError();
  if (lane.waiting.length === 0) lane.waitingSinceMs = begins.nowMs();
  const begun = new Promise<void>((begin, refuse) => {
    lane.waiting.push({ weight, givesUpAtMs: performance.now() + maxWaitMs, begin, refuse });
  });
  // The capacity may have grown since the last work ended.
  beginNext(lane, begins);
  void refuseLate(lane, begins);
  await begun;
}

/**
 * Refuses what waited too long, whether or not its turn comes: one in each iteration of the event loop, since what came
 * together is late together.
 */
async function refuseLate(lane: Lane, begins: Begins): Promise<void> {
  if (lane.isWatched) return;
  lane.isWatched = true;
  for (let [next] = lane.waiting; next !== undefined; [next] = lane.waiting) {
    const leftMs = next.givesUpAtMs - performance.now();
    if (leftMs > 0) await setTimeout(leftMs, undefined, { ref: false });
    else {
      lane.waiting.shift();
      next.refuse(new ShareError());
      await setImmediate();
    }
    beginNext(lane, begins);
  }
  lane.isWatched = false;
}

function beginNext(lane: Lane, { capacity, nowMs }: Begins): void {
  for (;;) {
    const [next] = lane.waiting;
    if (next === undefined || !isFree(lane, next.weight, capacity())) return;
    lane.waiting.shift();
    noteBegun(lane, next.weight, nowMs());
    next.begin();
  }
}
