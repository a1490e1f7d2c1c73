import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Fate } from './testing/call-log.ts';
import type { CancelRequest, CancelRequestKind } from './testing/cancel-request.ts';
import { changing, describeMishaps, everyFate, journeys, mishapsIn, undecided } from './testing/journeys.ts';
import { runWithFaults, type FaultRun } from './testing/run-with-faults.ts';

const unanswered: readonly Fate[] = [...undecided, 'stalls'];

/** A wish before each call of a journey, as far as it does something: a refused one leaves a journey like any other. */
async function cancelRequestsIn(kind: CancelRequestKind, granted: string): Promise<CancelRequest[]> {
  const { made } = await runWithFaults({}, []);
  const cancelRequests: CancelRequest[] = [];
  for (const at of made.keys()) {
    const { harness } = await runWithFaults({}, [], { at, kind });
    if (harness.ledger.history.some(({ event }) => event === granted)) cancelRequests.push({ at, kind });
  }
  return cancelRequests;
}

/** What goes wrong when each wish meets each single mishap, also those that happen before it. */
async function faultsOf(
  cancelRequests: readonly CancelRequest[],
  fates: readonly Fate[],
  only?: readonly string[],
): Promise<string[]> {
  const bad: string[] = [];
  for (const cancelRequest of cancelRequests) {
    const undisturbed = await runWithFaults({}, [], cancelRequest);
    const report = (faultRun: FaultRun, mishaps: Parameters<typeof describeMishaps>[1]): void => {
      if (faultRun.faults.length > 0)
        bad.push(`${cancelRequest.kind} at ${cancelRequest.at}, ${describeMishaps(faultRun, mishaps)}`);
    };
    report(undisturbed, []);
    for (const mishap of mishapsIn(undisturbed, 0, fates, only))
      report(await runWithFaults({}, [mishap], cancelRequest), [mishap]);
  }
  return bad;
}

describe('a journey that is cancelled', () => {
  test('is cancelled from the request until the provider locks the order, and not after', async () => {
    const { made } = await runWithFaults({}, []);
    const granted = (await cancelRequestsIn('cancel', 'cancel.requested')).map(({ at }) => at);
    expect(granted).toEqual([...granted.keys()]);
    // The second look is the first that finds it locked; what it saw is known with the move after it.
    const looks = [...made.keys()].filter((at) => made[at] === 'provider.readOrder');
    expect(granted.length - 1).toBe((looks[1] ?? 0) + 1);
  });

  test('leaves nothing behind, whenever it is and whatever happens to any one call', async () => {
    const cancelRequests = await cancelRequestsIn('cancel', 'cancel.requested');
    expect(await faultsOf(cancelRequests, everyFate)).toEqual([]);
  });

  test('too late comes to its one end as if nobody had asked', async () => {
    const cancelRequests = await cancelRequestsIn('cancel_too_late', 'cancel.refused');
    expect(cancelRequests.length).toBeGreaterThan(5);
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });
});

describe('a journey whose person is deactivated', () => {
  test('ends with nothing active, whenever it is and whatever happens to any one call that changes something', async () => {
    const cancelRequests = await cancelRequestsIn('revoke', 'credential.revoke_requested');
    const { made } = await runWithFaults({}, []);
    expect(cancelRequests.map(({ at }) => at)).toEqual([...made.keys()]);
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });

  test('ends with no order, or with nothing active where the provider has locked it', async () => {
    const cancelRequests = await cancelRequestsIn('recall', 'cancel.requested');
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });
});

test.each(journeys)('of a journey (%s) nothing is left that was taken back, at any step', async (_, settings) => {
  const { made } = await runWithFaults(settings, []);
  const kinds = ['cancel', 'cancel_too_late', 'revoke', 'recall'] as const;
  const bad: string[] = [];
  for (const kind of kinds)
    for (const at of made.keys()) {
      const { faults } = await runWithFaults(settings, [], { at, kind });
      if (faults.length > 0) bad.push(`${kind} at ${at}: ${faults.join('; ')}`);
    }
  expect(bad).toEqual([]);
});

test('nothing is left that was taken back at any time, through any number of mishaps', async () => {
  const mishaps = fc.uniqueArray(fc.record({ at: fc.nat({ max: 100 }), fate: fc.constantFrom(...everyFate) }), {
    selector: ({ at }) => at,
    maxLength: 8,
  });
  const cancelRequest = fc.record({
    at: fc.nat({ max: 80 }),
    kind: fc.constantFrom('cancel' as const, 'cancel_too_late' as const, 'revoke' as const, 'recall' as const),
  });
  await fc.assert(
    fc.asyncProperty(mishaps, cancelRequest, fc.constantFrom(...journeys), async (given, wanted, [, settings]) => {
      const { faults } = await runWithFaults(settings, given, wanted);
      expect(faults).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
