import { setImmediate as nextIteration } from 'node:timers/promises';

/** How long a stretch of work may hold the event loop. Others wait for at most one stretch and one piece of each work. */
export const stretchMs = 5;

/** Awaited between two pieces of work. */
export type Pause = () => Promise<void> | undefined;

/** How long this iteration of the event loop has taken. */
export type IterationMs = () => number;

/**
 * Of this process: all long work of an iteration counts together, or each of twenty files would hold the loop for a stretch.
 * It counts from the first call in the iteration.
 */
export function createIterationClock(nowMs: () => number, onNextIteration: (work: () => void) => void): IterationMs {
  let sinceMs: number | null = null;
  return () => {
    if (sinceMs === null) {
      sinceMs = nowMs();
      onNextIteration(() => {
        sinceMs = null;
      });
    }
    return nowMs() - sinceMs;
  };
}

const iterationMs = createIterationClock(() => performance.now(), setImmediate);

/**
 * For long work in small pieces: awaited between two of them, it lets everything else run once the stretch is over, or those
 * of other works have taken as long. Short work never waits. `giveWay` waits for longer than until the event loop has run,
 * in view of how long the stretch took.
 */
export function createStretches(
  giveWay: (tookMs: number) => Promise<void> = () => nextIteration(),
  longestMs: () => number = () => stretchMs,
): Pause {
  let sinceMs = performance.now();
  return () => {
    const tookMs = performance.now() - sinceMs;
    if (Math.max(tookMs, iterationMs()) < longestMs()) return;
    return giveWay(tookMs).then(() => {
      sinceMs = performance.now();
    });
  };
}
