import { describe, expect, test } from '@jest/globals';

import { createContention, maxRestMs } from './contention.ts';

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

  test('makes work wait for twice as long as a piece of work took, up to a limit, and not without others', async () => {
    const contention = createContention(() => 0);
    const waited = async (tenant: string, tookMs: number): Promise<number> => {
      const startedAtMs = performance.now();
      await contention.giveWay(tenant, tookMs);
      return performance.now() - startedAtMs;
    };
    contention.note('acme');
    expect(await waited('acme', 600_000)).toBeLessThan(maxRestMs);
    contention.note('globex');
    // Timers are up to a millisecond early.
    expect(await waited('acme', 20)).toBeGreaterThanOrEqual(39);
    expect(await waited('acme', 600_000)).toBeGreaterThanOrEqual(maxRestMs - 1);
  });
});
