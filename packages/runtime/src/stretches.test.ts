import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { createStretches, createIterationClock, stretchMs } from './stretches.ts';

describe('an iteration of the event loop', () => {
  test('counts all work since the first call, until the loop has run', () => {
    let nowMs = 100;
    const ends: (() => void)[] = [];
    const iterationMs = createIterationClock(
      () => nowMs,
      (end) => ends.push(end),
    );
    expect(iterationMs()).toBe(0);
    nowMs = 104;
    expect(iterationMs()).toBe(4);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(iterationMs()).toBe(0);
    nowMs = 105;
    expect(iterationMs()).toBe(1);
    expect(ends).toHaveLength(2);
  });
});

describe('stretches', () => {
  test('of many works at once end together: the loop runs after one stretch, not after one of each', async () => {
    const hold = (ms: number): void => {
      const until = performance.now() + ms;
      while (performance.now() < until);
    };
    const pauses = Array.from({ length: 10 }, () => createStretches());
    await setImmediate();
    // Each alone holds the loop for less than a stretch.
    const waits = pauses.map((pause) => {
      hold(stretchMs / 3);
      return pause();
    });
    expect(waits.slice(5).every((wait) => wait !== undefined)).toBe(true);
    for (const wait of waits) await wait;
  });

  test('that are short never wait', async () => {
    await setImmediate();
    expect(createStretches(undefined, () => Number.POSITIVE_INFINITY)()).toBeUndefined();
  });
});
