import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { changing, describeMishaps, everyFate, journeys, mishapsIn, undecided } from './testing/journeys.ts';
import type { Fate } from './testing/call-log.ts';
import { rehearse, type Rehearsal } from './testing/run-with-faults.ts';
import type { Wish, WishKind } from './testing/cancel-request.ts';

const unanswered: readonly Fate[] = [...undecided, 'stalls'];

/** A wish before each call of a journey, as far as it does something: a refused one leaves a journey like any other. */
async function wishesIn(kind: WishKind, granted: string): Promise<Wish[]> {
  const { made } = await rehearse({}, []);
  const wishes: Wish[] = [];
  for (const at of made.keys()) {
    const { house } = await rehearse({}, [], { at, kind });
    if (house.ledger.history.some(({ event }) => event === granted)) wishes.push({ at, kind });
  }
  return wishes;
}

/** What goes wrong when each wish meets each single mishap, also those that happen before it. */
async function faultsOf(wishes: readonly Wish[], fates: readonly Fate[], only?: readonly string[]): Promise<string[]> {
  const bad: string[] = [];
  for (const wish of wishes) {
    const undisturbed = await rehearse({}, [], wish);
    const report = (rehearsal: Rehearsal, mishaps: Parameters<typeof describeMishaps>[1]): void => {
      if (rehearsal.faults.length > 0) bad.push(`${wish.kind} at ${wish.at}, ${describeMishaps(rehearsal, mishaps)}`);
    };
    report(undisturbed, []);
    for (const mishap of mishapsIn(undisturbed, 0, fates, only)) report(await rehearse({}, [mishap], wish), [mishap]);
  }
  return bad;
}

describe('a journey that is cancelled', () => {
  test('is cancelled from the request until the provider locks the order, and not after', async () => {
    const { made } = await rehearse({}, []);
    const granted = (await wishesIn('cancel', 'cancel.requested')).map(({ at }) => at);
    expect(granted).toEqual([...granted.keys()]);
    // The second look is the first that finds it locked; what it saw is known with the move after it.
    const looks = [...made.keys()].filter((at) => made[at] === 'provider.readOrder');
    expect(granted.length - 1).toBe((looks[1] ?? 0) + 1);
  });

  test('leaves nothing behind, whenever it is and whatever happens to any one call', async () => {
    const wishes = await wishesIn('cancel', 'cancel.requested');
    expect(await faultsOf(wishes, everyFate)).toEqual([]);
  });

  test('too late comes to its one end as if nobody had asked', async () => {
    const wishes = await wishesIn('cancel_too_late', 'cancel.refused');
    expect(wishes.length).toBeGreaterThan(5);
    expect(await faultsOf(wishes, unanswered, changing)).toEqual([]);
  });
});

describe('a journey whose person is deactivated', () => {
  test('ends with nothing active, whenever it is and whatever happens to any one call that changes something', async () => {
    const wishes = await wishesIn('revoke', 'credential.revoke_requested');
    const { made } = await rehearse({}, []);
    expect(wishes.map(({ at }) => at)).toEqual([...made.keys()]);
    expect(await faultsOf(wishes, unanswered, changing)).toEqual([]);
  });

  test('ends with no order, or with nothing active where the provider has locked it', async () => {
    const wishes = await wishesIn('recall', 'cancel.requested');
    expect(await faultsOf(wishes, unanswered, changing)).toEqual([]);
  });
});

test.each(journeys)('of a journey (%s) nothing is left that was taken back, at any step', async (_, settings) => {
  const { made } = await rehearse(settings, []);
  const kinds = ['cancel', 'cancel_too_late', 'revoke', 'recall'] as const;
  const bad: string[] = [];
  for (const kind of kinds)
    for (const at of made.keys()) {
      const { faults } = await rehearse(settings, [], { at, kind });
      if (faults.length > 0) bad.push(`${kind} at ${at}: ${faults.join('; ')}`);
    }
  expect(bad).toEqual([]);
});

test('nothing is left that was taken back at any time, through any number of mishaps', async () => {
  const mishaps = fc.uniqueArray(fc.record({ at: fc.nat({ max: 100 }), fate: fc.constantFrom(...everyFate) }), {
    selector: ({ at }) => at,
    maxLength: 8,
  });
  const wish = fc.record({
    at: fc.nat({ max: 80 }),
    kind: fc.constantFrom('cancel' as const, 'cancel_too_late' as const, 'revoke' as const, 'recall' as const),
  });
  await fc.assert(
    fc.asyncProperty(mishaps, wish, fc.constantFrom(...journeys), async (given, wanted, [, settings]) => {
      const { faults } = await rehearse(settings, given, wanted);
      expect(faults).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
