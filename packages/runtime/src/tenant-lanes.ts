/** The name of no tenant: callers that are not known have one share together, and no tenant gives way to them. */
export const unknownCallers = '';

export interface Waiter {
  weight: number;
  givesUpAtMs: number;
  begin: () => void;
  refuse: (error: Error) => void;
}

/** What a tenant has of one share. */
export interface Lane {
  running: number;
  /** In the order they came. */
  waiting: Waiter[];
  isWatched: boolean;
  /** The most that ran and waited within the last second, and when that was. */
  most: { demand: number; atMs: number };
  /** The work that began within about the last second, as of when the last did: each piece counts less the longer ago it is. */
  begun: { weight: number; atMs: number };
  /** Since when some has been waiting. */
  waitingSinceMs: number;
  lastAtMs: number;
}

/** For so long, what a tenant had counts as what it has. */
const recentMs = 1_000;

/** A tenant that has so many times as much as another gives way to it: while all stand still, both soon have as much as may wait. */
const heavyFrom = 1.25;

/** A tenant whose work has been waiting for so long sends more than it gets done. */
const backlogMs = 250;

export const newLane = (): Lane => ({
  running: 0,
  waiting: [],
  isWatched: false,
  most: { demand: 0, atMs: Number.NEGATIVE_INFINITY },
  begun: { weight: 0, atMs: 0 },
  waitingSinceMs: 0,
  lastAtMs: Number.NEGATIVE_INFINITY,
});

const demandOf = ({ running, waiting }: Lane): number => waiting.reduce((sum, { weight }) => sum + weight, running);

export function noteDemand(lane: Lane, added: number, atMs: number): void {
  const demand = demandOf(lane) + added;
  lane.lastAtMs = atMs;
  if (demand >= lane.most.demand || atMs - lane.most.atMs >= recentMs) lane.most = { demand, atMs };
}

const recentDemandOf = (lane: Lane, atMs: number): number =>
  atMs - lane.most.atMs < recentMs ? lane.most.demand : demandOf(lane);

/** Counts work that begins. */
export function noteBegun(lane: Lane, weight: number, atMs: number): void {
  lane.running += weight;
  lane.begun = { weight: begunOf(lane, atMs) + weight, atMs };
}

const begunOf = ({ begun: { weight, atMs } }: Lane, nowMs: number): number =>
  weight * Math.exp((atMs - nowMs) / recentMs);

/**
 * Whether another tenant has less, and none gets more done while it floods: a tenant does not give way to one that does, though
 * its own requests wait meanwhile.
 */
export function isHeavy(lane: Lane, lanes: ReadonlyMap<string, Lane>, atMs: number): boolean {
  const demand = demandOf(lane);
  let hasLess = false;
  for (const [tenant, other] of lanes) {
    if (other === lane || tenant === unknownCallers || atMs - other.lastAtMs >= recentMs) continue;
    if (getsMore(other, lane, atMs)) return false;
    hasLess ||= recentDemandOf(other, atMs) * heavyFrom < demand;
  }
  return hasLess;
}

/**
 * Whether one that sends more than it gets done gets more done than this one. To give way to it would keep it so: what this
 * one sends meanwhile adds to what waits, by which it would be judged again.
 */
const getsMore = (other: Lane, lane: Lane, atMs: number): boolean =>
  other.waiting.length > 0 && atMs - other.waitingSinceMs >= backlogMs && begunOf(other, atMs) > begunOf(lane, atMs);
