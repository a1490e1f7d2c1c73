import { setImmediate } from 'node:timers/promises';

/** How long one stretch of work may hold the event loop. Others wait for at most one stretch and one piece of work. */
export const stretchMs = 10;

/** Awaited between two pieces of work. */
export type Pause = () => Promise<void> | undefined;

/**
 * For long work in small pieces: awaited between two of them, it lets everything else run once the stretch is over. Short
 * work never waits. `giveWay` waits for longer than until the event loop has run, in view of how long the stretch took.
 */
export function createStretches(
  giveWay: (tookMs: number) => Promise<void> = () => setImmediate(),
  longestMs: () => number = () => stretchMs,
): Pause {
  let sinceMs = performance.now();
  return () => {
    const tookMs = performance.now() - sinceMs;
    if (tookMs < longestMs()) return;
    return giveWay(tookMs).then(() => {
      sinceMs = performance.now();
    });
  };
}
