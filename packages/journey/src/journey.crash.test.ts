import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { changing, describeMishaps, everyFate, journeys, mishapsIn, undecided } from './testing/journeys.ts';
import { runWithFaults } from './testing/run-with-faults.ts';

describe.each(journeys)('a journey (%s)', (_, settings) => {
  test('without a mishap calls each of the others once', async () => {
    const { harness, faults } = await runWithFaults(settings, []);
    expect(faults).toEqual([]);
    const once = ['okta.enroll', 'provider.placeOrder', 'okta.activate'];
    expect(once.map((name) => harness.calls.filter((call) => call === name).length)).toEqual([1, 1, 1]);
  });

  test('comes to its one end whatever happens to any one call', async () => {
    const bad: string[] = [];
    const mishaps = mishapsIn(await runWithFaults(settings, []), 0, everyFate);
    for (const mishap of mishaps) {
      const faultRun = await runWithFaults(settings, [mishap]);
      if (faultRun.faults.length > 0) bad.push(describeMishaps(faultRun, [mishap]));
    }
    expect(mishaps.length).toBeGreaterThan(100);
    expect(bad).toEqual([]);
  });
});

describe('a journey', () => {
  test('comes to its one end whatever happens to any two calls that change something', async () => {
    const bad: string[] = [];
    const firsts = mishapsIn(await runWithFaults({}, []), 0, undecided, changing);
    for (const first of firsts) {
      const once = await runWithFaults({}, [first]);
      for (const second of mishapsIn(once, first.at + 1, undecided, changing)) {
        const faultRun = await runWithFaults({}, [first, second]);
        if (faultRun.faults.length > 0) bad.push(describeMishaps(faultRun, [first, second]));
      }
    }
    expect(bad).toEqual([]);
  });

  test('comes to its one end when whoever clears up after one mishap stalls, wherever it is', async () => {
    const bad: string[] = [];
    const firsts = mishapsIn(await runWithFaults({}, []), 0, undecided, changing);
    for (const first of firsts) {
      const once = await runWithFaults({}, [first]);
      for (const second of mishapsIn(once, first.at + 1, ['stalls'])) {
        const faultRun = await runWithFaults({}, [first, second]);
        if (faultRun.faults.length > 0) bad.push(describeMishaps(faultRun, [first, second]));
      }
    }
    expect(bad).toEqual([]);
  });

  test('comes to its one end through any number of mishaps', async () => {
    const mishaps = fc.uniqueArray(fc.record({ at: fc.nat({ max: 120 }), fate: fc.constantFrom(...everyFate) }), {
      selector: ({ at }) => at,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(mishaps, fc.constantFrom(...journeys), async (given, [, settings]) => {
        const { faults } = await runWithFaults(settings, given);
        expect(faults).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });
});
