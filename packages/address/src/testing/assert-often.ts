import { expect } from '@jest/globals';
import fc from 'fast-check';

/**
 * Runs a property that applies to some cases only, and fails when these are too few: a property that skips nearly every
 * case proves nothing. `holds` returns whether the case was one of them. `share` is the least share of all runs.
 */
export function assertOften<Values extends readonly [unknown, ...unknown[]]>(
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  { runs, share }: { runs: number; share: number },
  holds: (...values: Values) => boolean,
): void {
  let applied = 0;
  fc.assert(
    fc.property(fc.tuple<[...Values]>(...arbitraries), (values) => {
      if (holds(...values)) applied += 1;
    }),
    { numRuns: runs },
  );
  expect(applied).toBeGreaterThanOrEqual(runs * share);
}
