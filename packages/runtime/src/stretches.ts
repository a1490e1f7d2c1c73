import { setImmediate } from 'node:timers/promises';

/** How long one stretch of work may hold the event loop. Others wait for at most one stretch and one piece of work. */
export const stretchMs = 10;

/**
 * For long work in small pieces: awaited between two of them, it lets everything else run once the stretch is over. Short
 * work never waits.
 */
export function createStretches(): () => Promise<void> | undefined {
  let sinceMs = performance.now();
  return () => {
    if (performance.now() - sinceMs < stretchMs) return;
    return setImmediate().then(() => {
      sinceMs = performance.now();
    });
  };
}
