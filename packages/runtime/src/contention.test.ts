import { describe, expect, test } from '@jest/globals';

import { createContention, maxRestMs } from './contention.ts';

/** How often the event loop ran before the work ended. */
async function iterationsOf(work: () => Promise<void>): Promise<number> {
  let iterations = 0;
  let next = setImmediate(function count() {
    iterations += 1;
    next = setImmediate(count);
  });
  await work();
  clearImmediate(next);
  return iterations;
}

describe('contention', () => {
  test('are shared while another tenant had work within the last second', () => {
    let nowMs = 0;
    const contention = createContention(() => nowMs);
    contention.note('acme');
    expect(contention.isContended('acme')).toBe(false);
    contention.note('globex');
    expect(contention.isContended('acme')).toBe(true);
    expect(contention.isContended('globex')).toBe(true);
    nowMs = 999;
    for (const _ of Array.from({ length: 50 })) contention.note('acme');
    expect(contention.isContended('acme')).toBe(true);
    nowMs = 1_000;
    expect(contention.isContended('acme')).toBe(false);
    expect(contention.isContended('globex')).toBe(true);
    expect(contention.isContended('initech')).toBe(true);
  });

  test('makes work wait for three times as long as a piece of it took, up to a limit, and not without others', async () => {
    const contention = createContention(() => 0);
    const waited = async (tenant: string, tookMs: number): Promise<number> => {
      const startedAtMs = performance.now();
      await contention.giveWay(tenant, tookMs);
      return performance.now() - startedAtMs;
    };
    contention.note('acme');
    expect(await iterationsOf(() => contention.giveWay('acme', 600_000))).toBeLessThanOrEqual(2);
    contention.note('globex');
    // Timers are up to a millisecond early.
    expect(await waited('acme', 20)).toBeGreaterThanOrEqual(59);
    expect(await waited('acme', 600_000)).toBeGreaterThanOrEqual(maxRestMs - 1);
  });

  test('lets all work on files rest together: what one tenant sends adds to the rest of what another sends', async () => {
    const contention = createContention(() => 0);
    contention.note('acme');
    contention.note('globex');
    const ended: string[] = [];
    const startedAtMs = performance.now();
    await Promise.all(
      ['acme', 'globex'].map(async (tenant) => {
        await contention.files.giveWay(tenant, 20);
        ended.push(tenant);
      }),
    );
    expect(ended).toEqual(['acme', 'globex']);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(119);
  });

  test('ends a stretch of work on files after a few milliseconds', () => {
    const contention = createContention(() => 0);
    contention.note('acme');
    contention.note('globex');
    const pause = contention.files.stretchesOf('acme');
    const workedFrom = performance.now();
    while (performance.now() - workedFrom < 4);
    expect(pause()).toBeInstanceOf(Promise);
  });
});
