import { setImmediate, setTimeout } from 'node:timers/promises';

import type { Contention } from './contention.ts';
import { endsWithin } from './ends-within.ts';

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

/** The name of no tenant: callers that are not known have one share together, and no tenant gives way to them. */
export const unknownCallers = '';

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

interface Waiter {
  weight: number;
  givesUpAtMs: number;
  begin: () => void;
  refuse: (error: ShareError) => void;
}

interface Lane {
  running: number;
  /** In the order they came. */
  waiting: Waiter[];
  isWatched: boolean;
  /** The most that ran and waited within the last second, and when that was. */
  most: { demand: number; atMs: number };
  lastAtMs: number;
}

/** For so long, what a tenant had counts as what it has. */
const recentMs = 1_000;

/** Gives each tenant a share of something that there is little of, such as connections. */
export function createTenantShares(settings: ShareSettings): TenantShares {
  const { maxConcurrent, contention, nowMs = () => performance.now() } = settings;
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
    beginNext(lane, () => capacityOf(tenant, lane));
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
        await waitIn(lane, { ...settings, weight, capacity });
      else lane.running += weight;
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

const newLane = (): Lane => ({
  running: 0,
  waiting: [],
  isWatched: false,
  most: { demand: 0, atMs: Number.NEGATIVE_INFINITY },
  lastAtMs: Number.NEGATIVE_INFINITY,
});

const demandOf = ({ running, waiting }: Lane): number => waiting.reduce((sum, { weight }) => sum + weight, running);

function noteDemand(lane: Lane, added: number, atMs: number): void {
  const demand = demandOf(lane) + added;
  lane.lastAtMs = atMs;
  if (demand >= lane.most.demand || atMs - lane.most.atMs >= recentMs) lane.most = { demand, atMs };
}

/** Whether another tenant has less: a tenant does not give way to one that floods, though its own requests wait meanwhile. */
function isHeavy(lane: Lane, lanes: ReadonlyMap<string, Lane>, atMs: number): boolean {
  const demand = demandOf(lane);
  for (const [tenant, other] of lanes)
    if (
      other !== lane &&
      tenant !== unknownCallers &&
      atMs - other.lastAtMs < recentMs &&
      recentDemandOf(other, atMs) < demand
    )
      return true;
  return false;
}

const recentDemandOf = (lane: Lane, atMs: number): number =>
  atMs - lane.most.atMs < recentMs ? lane.most.demand : demandOf(lane);

const isFree = ({ running }: Lane, weight: number, capacity: number): boolean =>
  running === 0 || running + weight <= capacity;

/** @throws ShareError at once when too many wait, and when it waited too long */
async function waitIn(
  lane: Lane,
  {
    weight,
    capacity,
    maxWaiting,
    maxWaitMs,
  }: { weight: number; capacity: () => number; maxWaiting: number; maxWaitMs: number },
): Promise<void> {
  if (lane.waiting.length >= maxWaiting) throw new ShareError();
  const begun = new Promise<void>((begin, refuse) => {
    lane.waiting.push({ weight, givesUpAtMs: performance.now() + maxWaitMs, begin, refuse });
  });
  // The capacity may have grown since the last work ended.
  beginNext(lane, capacity);
  void refuseLate(lane, capacity);
  await begun;
}

/**
 * Refuses what waited too long, whether or not its turn comes: one in each iteration of the event loop, since what came
 * together is late together.
 */
async function refuseLate(lane: Lane, capacity: () => number): Promise<void> {
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
    beginNext(lane, capacity);
  }
  lane.isWatched = false;
}

function beginNext(lane: Lane, capacity: () => number): void {
  for (;;) {
    const [next] = lane.waiting;
    if (next === undefined || !isFree(lane, next.weight, capacity())) return;
    lane.waiting.shift();
    lane.running += next.weight;
    next.begin();
  }
}
