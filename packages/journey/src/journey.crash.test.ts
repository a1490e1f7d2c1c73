import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { InjectedFault } from './testing/check-end.ts';
import { changing, describeFaults, everyFault, journeys, possibleFaults, undecided } from './testing/journeys.ts';
import { runWithFaults, type FaultRun } from './testing/run-with-faults.ts';

describe.each(journeys)('a journey (%s)', (_, settings) => {
  test('without a fault has each effect once', async () => {
    const { harness, violations } = await runWithFaults(settings, []);
    expect(violations).toEqual([]);
    const once = ['okta.enroll', 'provider.placeOrder', 'okta.activate'];
    expect(once.map((name) => harness.calls.filter((call) => call === name).length)).toEqual([1, 1, 1]);
  });

  test('comes to its one end whichever single call fails', async () => {
    const bad: string[] = [];
    const faults = possibleFaults(await runWithFaults(settings, []), everyFault);
    for (const fault of faults) {
      const faultRun = await runWithFaults(settings, [fault]);
      if (faultRun.violations.length > 0) bad.push(describeFaults(faultRun, [fault]));
    }
    expect(faults.length).toBeGreaterThan(100);
    expect(bad).toEqual([]);
  });
});

/** Runs a journey with every first fault of an effect, and each of its second faults. */
async function runPairs(
  secondsOf: (once: FaultRun, from: number) => readonly InjectedFault[],
): Promise<{ pairs: number; bad: string[] }> {
  const bad: string[] = [];
  let pairs = 0;
  for (const first of possibleFaults(await runWithFaults({}, []), undecided, { only: changing }))
    for (const second of secondsOf(await runWithFaults({}, [first]), first.at + 1)) {
      const faultRun = await runWithFaults({}, [first, second]);
      pairs += 1;
      if (faultRun.violations.length > 0) bad.push(describeFaults(faultRun, [first, second]));
    }
  return { pairs, bad };
}

describe('a journey', () => {
  test('comes to its one end whichever two effects fail', async () => {
    const { pairs, bad } = await runPairs((once, from) => possibleFaults(once, undecided, { from, only: changing }));
    expect(pairs).toBeGreaterThan(1_000);
    expect(bad).toEqual([]);
  });

  test('comes to its one end when the attempt that cleans up after a fault stalls at any call', async () => {
    const { pairs, bad } = await runPairs((once, from) => possibleFaults(once, ['process_stalls'], { from }));
    expect(pairs).toBeGreaterThan(1_000);
    expect(bad).toEqual([]);
  });

  test('comes to its one end through any number of faults', async () => {
    const faults = fc.uniqueArray(fc.record({ at: fc.nat({ max: 120 }), fault: fc.constantFrom(...everyFault) }), {
      selector: ({ at }) => at,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(faults, fc.constantFrom(...journeys), async (injected, [, settings]) => {
        const { violations } = await runWithFaults(settings, injected);
        expect(violations).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});
