import type { Contention } from './contention.ts';
import { createIterationClock, type IterationMs } from './stretches.ts';

/** Divides the event loop among tenants: what one sends all at once is begun piece by piece, and others are not behind it. */
export interface FairQueue {
  /**
   * Awaited before a short piece of work, such as the beginning of a request; undefined where it may begin at once. A piece
   * that waits here takes nothing: no connection, no file, and its request's body is not read.
   */
  enter: (tenant: string) => Promise<void> | undefined;
}

/** The one home of these limits (docs/limits.md). */
export const fairQueueLimits = {
  /** How long an iteration of the event loop begins pieces at once; what comes later in it waits. */
  promptMs: 2,
  /** Pieces of a tenant that wait without being many: each iteration begins one of them. */
  few: 4,
  /** Between two pieces of one that has more, while others have work. */
  spacingMs: 4,
  /** With more than that, pieces are begun faster again, or they would wait for longer than a second. */
  spaced: 256,
} as const;

/** What the test replaces. */
export interface LoopClock {
  nowMs: () => number;
  iterationMs: IterationMs;
  onNextIteration: (work: () => void) => void;
  after: (ms: number, work: () => void) => void;
}

const standardClock = (): LoopClock => ({
  nowMs: () => performance.now(),
  iterationMs: createIterationClock(() => performance.now(), setImmediate),
  onNextIteration: setImmediate,
  after: (ms, work) => void setTimeout(work, ms),
});

/** Of the pieces that wait, an iteration of the event loop begins one, the tenants after one another. */
export function createFairQueue(
  contention: Pick<Contention, 'isContended'>,
  { nowMs, iterationMs, onNextIteration, after }: LoopClock = standardClock(),
): FairQueue {
  const lanes = createLanes(contention, nowMs);
  let isScheduled = false;
  let isSleeping = false;
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    onNextIteration(beginNext);
  };
  const beginNext = (): void => {
    isScheduled = false;
    iterationMs();
    const waitMs = lanes.beginOne();
    if (waitMs === 0) schedule();
    if (waitMs === null || waitMs === 0 || isSleeping) return;
    isSleeping = true;
    after(waitMs, () => {
      isSleeping = false;
      schedule();
    });
  };
  return {
    enter: (tenant) => {
      if (!lanes.isWaiting(tenant) && iterationMs() < fairQueueLimits.promptMs) return undefined;
      schedule();
      return lanes.wait(tenant);
    },
  };
}

interface Lane {
  waiting: (() => void)[];
  /** When the next of many may begin. */
  dueAtMs: number;
}

function createLanes({ isContended }: Pick<Contention, 'isContended'>, nowMs: () => number) {
  /** By tenant, the one that is next at the beginning. */
  const lanes = new Map<string, Lane>();
  const { few, spaced, spacingMs } = fairQueueLimits;
  const waitMsOf = ([tenant, { waiting, dueAtMs }]: [string, Lane]): number =>
    waiting.length > few && waiting.length <= spaced && isContended(tenant) ? Math.max(dueAtMs - nowMs(), 0) : 0;
  return {
    isWaiting: (tenant: string): boolean => lanes.has(tenant),
    wait: (tenant: string): Promise<void> => {
      const lane = lanes.get(tenant) ?? { waiting: [], dueAtMs: 0 };
      lanes.set(tenant, lane);
      return new Promise((begin) => lane.waiting.push(begin));
    },
    /** Begins one piece, if any may begin. @returns in how many milliseconds to come again; null where nothing waits */
    beginOne: (): number | null => {
      const next = [...lanes].find((lane) => waitMsOf(lane) === 0);
      if (next === undefined) return lanes.size === 0 ? null : Math.min(...[...lanes].map(waitMsOf));
      const [tenant, lane] = next;
      lanes.delete(tenant);
      lane.waiting.shift()?.();
      lane.dueAtMs = nowMs() + spacingMs;
      if (lane.waiting.length > 0) lanes.set(tenant, lane);
      return lanes.size === 0 ? null : 0;
    },
  };
}
