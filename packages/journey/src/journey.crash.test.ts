import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { changing, describeMishaps, everyFate, journeys, mishapsIn, undecided } from './testing/journeys.ts';
import { rehearse } from './testing/run-with-faults.ts';

describe.each(journeys)('a journey (%s)', (_, settings) => {
  test('without a mishap calls each of the others once', async () => {
    const { house, faults } = await rehearse(settings, []);
    expect(faults).toEqual([]);
    const once = ['okta.enroll', 'provider.placeOrder', 'okta.activate'];
    expect(once.map((name) => house.calls.filter((call) => call === name).length)).toEqual([1, 1, 1]);
  });

  test('comes to its one end whatever happens to any one call', async () => {
    const bad: string[] = [];
    const mishaps = mishapsIn(await rehearse(settings, []), 0, everyFate);
    for (const mishap of mishaps) {
      const rehearsal = await rehearse(settings, [mishap]);
      if (rehearsal.faults.length > 0) bad.push(describeMishaps(rehearsal, [mishap]));
    }
    expect(mishaps.length).toBeGreaterThan(100);
    expect(bad).toEqual([]);
  });
});

describe('a journey', () => {
  test('comes to its one end whatever happens to any two calls that change something', async () => {
    const bad: string[] = [];
    const firsts = mishapsIn(await rehearse({}, []), 0, undecided, changing);
    for (const first of firsts) {
      const once = await rehearse({}, [first]);
      for (const second of mishapsIn(once, first.at + 1, undecided, changing)) {
        const rehearsal = await rehearse({}, [first, second]);
        if (rehearsal.faults.length > 0) bad.push(describeMishaps(rehearsal, [first, second]));
      }
    }
    expect(bad).toEqual([]);
  });

  test('comes to its one end when whoever clears up after one mishap stalls, wherever it is', async () => {
    const bad: string[] = [];
    const firsts = mishapsIn(await rehearse({}, []), 0, undecided, changing);
    for (const first of firsts) {
      const once = await rehearse({}, [first]);
      for (const second of mishapsIn(once, first.at + 1, ['stalls'])) {
        const rehearsal = await rehearse({}, [first, second]);
        if (rehearsal.faults.length > 0) bad.push(describeMishaps(rehearsal, [first, second]));
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
        const { faults } = await rehearse(settings, given);
        expect(faults).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });
});
