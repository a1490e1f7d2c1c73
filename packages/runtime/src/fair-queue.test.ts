import { describe, expect, test } from '@jest/globals';

import { createFairQueue, fairQueueLimits } from './fair-queue.ts';

/** A queue in an event loop that runs when the test says so. Each piece of work takes a millisecond, and nothing else takes time. */
function loopWithQueue({ isContended = false } = {}) {
  let nowMs = 1_000;
  let iterationBeganAtMs: number | null = null;
  const immediates: (() => void)[] = [];
  const timers: { atMs: number; work: () => void }[] = [];
  const begun: string[] = [];
  const queue = createFairQueue(
    { isContended: () => isContended },
    {
      nowMs: () => nowMs,
      iterationMs: () => nowMs - (iterationBeganAtMs ??= nowMs),
      onNextIteration: (work) => immediates.push(work),
      after: (ms, work) => timers.push({ atMs: nowMs + ms, work }),
    },
  );
  const work = (name: string): void => {
    begun.push(name);
    nowMs += 1;
  };
  return {
    begun,
    nowMs: () => nowMs,
    begin: (tenant: string, name: string): void => {
      const entered = queue.enter(tenant);
      if (entered === undefined) work(name);
      else void entered.then(() => work(name));
    },
    /** Waits for a timer where nothing else is to be done. @returns false where nothing is left */
    nextIteration: async (): Promise<boolean> => {
      iterationBeganAtMs = null;
      const [timer] = timers.toSorted((one, other) => one.atMs - other.atMs);
      if (immediates.length === 0 && timer === undefined) return false;
      if (immediates.length === 0) nowMs = Math.max(nowMs, timer?.atMs ?? 0);
      for (const due of timers.filter(({ atMs }) => atMs <= nowMs)) timers.splice(timers.indexOf(due), 1)[0]?.work();
      for (const one of immediates.splice(0)) one();
      await Promise.resolve();
      return true;
    },
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, piece) => `a${piece + 1}`);

describe('a fair queue', () => {
  test('lets what comes together begin at once as long as it is short', () => {
    const { begin, begun } = loopWithQueue();
    begin('acme', 'a1');
    begin('globex', 'g1');
    expect(begun).toEqual(['a1', 'g1']);
  });

  test('begins the rest piece by piece, in its order, and nothing overtakes it', async () => {
    const { begin, begun, nextIteration } = loopWithQueue();
    for (const name of names(5)) begin('acme', name);
    const seen = [begun.length];
    await nextIteration();
    seen.push(begun.length);
    begin('acme', 'a6');
    while (await nextIteration()) seen.push(begun.length);
    expect(seen).toEqual([2, 3, 4, 5, 6]);
    expect(begun).toEqual(names(6));
    begin('acme', 'a7');
    expect(begun.at(-1)).toBe('a7');
  });

  test('lets no tenant wait behind more than one piece of each other, however many wait', async () => {
    const { begin, begun, nextIteration } = loopWithQueue();
    for (const name of names(60)) begin('acme', name);
    begin('globex', 'g1');
    begin('initech', 'i1');
    while (await nextIteration());
    expect(begun.slice(0, 6)).toEqual(['a1', 'a2', 'a3', 'g1', 'i1', 'a4']);
    expect(begun).toHaveLength(62);
  });

  test('leaves time between the many pieces of a tenant while others have work, which begin at once meanwhile', async () => {
    const { begin, begun, nextIteration, nowMs } = loopWithQueue({ isContended: true });
    for (const name of names(20)) begin('acme', name);
    const startedAtMs = nowMs();
    for (let time = 0; time < 6; time += 1) await nextIteration();
    begin('globex', 'g1');
    expect(begun.at(-1)).toBe('g1');
    while (await nextIteration());
    // Two began before, the last few without a pause; the loop's time is exact.
    expect(nowMs() - startedAtMs).toBeGreaterThanOrEqual(
      (20 - 2 - fairQueueLimits.few - 1) * fairQueueLimits.spacingMs,
    );
    expect(begun.filter((name) => name !== 'g1')).toEqual(names(20));
  });

  test.each([
    ['without others', { isContended: false }, 20],
    ['where so many wait that they would wait for long', { isContended: true }, 1_000],
  ])('leaves no time between them %s', async (_where, contention, count) => {
    const { begin, begun, nextIteration, nowMs } = loopWithQueue(contention);
    for (const name of names(count)) begin('acme', name);
    const startedAtMs = nowMs();
    const unspaced = count - 2 - (contention.isContended ? fairQueueLimits.spaced : 0);
    for (let time = 0; time < unspaced; time += 1) await nextIteration();
    expect(begun).toHaveLength(2 + unspaced);
    expect(nowMs() - startedAtMs).toBe(unspaced);
  });
});
