import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Fault } from './testing/call-log.ts';
import type { CancelRequest, CancelRequestKind } from './testing/cancel-request.ts';
import { changing, describeFaults, everyFault, journeys, possibleFaults, undecided } from './testing/journeys.ts';
import { runWithFaults, type FaultRun } from './testing/run-with-faults.ts';

const unanswered: readonly Fault[] = [...undecided, 'process_stalls'];

/** A cancel request before each call of a journey, where it is granted: a refused one changes nothing. */
async function cancelRequestsIn(kind: CancelRequestKind, granted: string): Promise<CancelRequest[]> {
  const { allCalls } = await runWithFaults({}, []);
  const cancelRequests: CancelRequest[] = [];
  for (const at of allCalls.keys()) {
    const { harness } = await runWithFaults({}, [], { at, kind });
    if (harness.ledger.history.some(({ event }) => event === granted)) cancelRequests.push({ at, kind });
  }
  return cancelRequests;
}

/** The violations of each cancel request with each single fault, also with those before it. */
async function faultsOf(
  cancelRequests: readonly CancelRequest[],
  faults: readonly Fault[],
  only?: readonly string[],
): Promise<string[]> {
  const bad: string[] = [];
  for (const cancelRequest of cancelRequests) {
    const undisturbed = await runWithFaults({}, [], cancelRequest);
    const report = (faultRun: FaultRun, faults: Parameters<typeof describeFaults>[1]): void => {
      if (faultRun.violations.length > 0)
        bad.push(`${cancelRequest.kind} at ${cancelRequest.at}, ${describeFaults(faultRun, faults)}`);
    };
    report(undisturbed, []);
    for (const fault of possibleFaults(undisturbed, faults, only === undefined ? {} : { only }))
      report(await runWithFaults({}, [fault], cancelRequest), [fault]);
  }
  return bad;
}

describe('a journey that is cancelled', () => {
  test('is cancelled from the request until the provider locks the order, and not after', async () => {
    const { allCalls } = await runWithFaults({}, []);
    const granted = (await cancelRequestsIn('cancel', 'cancel.requested')).map(({ at }) => at);
    expect(granted).toEqual([...granted.keys()]);
    // The second poll is the first that finds it locked; the move after it records that.
    const polls = [...allCalls.keys()].filter((at) => allCalls[at] === 'provider.readOrder');
    expect(granted.length - 1).toBe(allCalls.indexOf('ledger.finishWithMove', polls[1]));
  });

  test('leaves nothing behind, whenever it is cancelled and whichever single call fails', async () => {
    const cancelRequests = await cancelRequestsIn('cancel', 'cancel.requested');
    expect(await faultsOf(cancelRequests, everyFault)).toEqual([]);
  });

  test('too late comes to its one end as if it had not been cancelled', async () => {
    const cancelRequests = await cancelRequestsIn('cancel_too_late', 'cancel.refused');
    expect(cancelRequests.length).toBeGreaterThan(5);
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });
});

describe('a journey whose user is deactivated', () => {
  test('ends with nothing active, whenever that is and whichever single effect fails', async () => {
    const cancelRequests = await cancelRequestsIn('revoke', 'credential.revoke_requested');
    const { allCalls } = await runWithFaults({}, []);
    expect(cancelRequests.map(({ at }) => at)).toEqual([...allCalls.keys()]);
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });

  test('ends with no order, or with nothing active where the provider has locked it', async () => {
    const cancelRequests = await cancelRequestsIn('offboard', 'cancel.requested');
    expect(await faultsOf(cancelRequests, unanswered, changing)).toEqual([]);
  });
});

test.each(journeys)(
  'a journey (%s) that is cancelled or revoked at any call leaves nothing behind',
  async (_, settings) => {
    const { allCalls } = await runWithFaults(settings, []);
    const kinds = ['cancel', 'cancel_too_late', 'revoke', 'offboard'] as const;
    const bad: string[] = [];
    for (const kind of kinds)
      for (const at of allCalls.keys()) {
        const { violations } = await runWithFaults(settings, [], { at, kind });
        if (violations.length > 0) bad.push(`${kind} at ${at}: ${violations.join('; ')}`);
      }
    expect(bad).toEqual([]);
  },
);

test('a journey that is cancelled or revoked leaves nothing behind, through any number of faults', async () => {
  const faults = fc.uniqueArray(fc.record({ at: fc.nat({ max: 100 }), fault: fc.constantFrom(...everyFault) }), {
    selector: ({ at }) => at,
    maxLength: 8,
  });
  const cancelRequest = fc.record({
    at: fc.nat({ max: 80 }),
    kind: fc.constantFrom('cancel' as const, 'cancel_too_late' as const, 'revoke' as const, 'offboard' as const),
  });
  await fc.assert(
    fc.asyncProperty(faults, cancelRequest, fc.constantFrom(...journeys), async (injected, request, [, settings]) => {
      const { violations } = await runWithFaults(settings, injected, request);
      expect(violations).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
