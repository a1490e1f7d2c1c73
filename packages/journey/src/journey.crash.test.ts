import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { HouseSettings } from './testing/house.ts';
import type { Fate } from './testing/line.ts';
import { rehearse, type Mishap, type Rehearsal } from './testing/rehearsal.ts';
import { sampleTenant } from './testing/samples.ts';

const { pin } = sampleTenant;
const journeys: readonly (readonly [string, HouseSettings])[] = [
  ['an existing user, mailed on activation', {}],
  [
    'a new user, both addresses, mailed on delivery',
    { user: { status: 'STAGED' }, tenant: { pin: { ...pin, recipient: 'both', release: 'on_delivery' } } },
  ],
  ['mailed by Okta on receipt', { tenant: { pin: { ...pin, channel: 'okta', release: 'on_receipt' } } }],
  ['a member of a group, asked for by login', { shipment: { user: { id: null } } }],
];

/** Those after which nobody knows whether it happened. */
const undecided: readonly Fate[] = ['dies_before', 'dies_after', 'lost_before', 'lost_after', 'late'];
const all: readonly Fate[] = [...undecided, 'stalls', 'unreachable', 'rate_limited', 'unauthorized'];
/** Of the ledger, whoever asked it survives only an answer. */
const ofTheLedger: readonly Fate[] = ['dies_before', 'dies_after', 'stalls'];

const changing = [
  'ledger.move',
  'okta.enroll',
  'okta.deleteEnrollment',
  'provider.placeOrder',
  'okta.activate',
  'mail.sendPinMail',
];

/** Every single way in which a rehearsal that went so far could have gone wrong from a call on. */
function mishapsIn({ made }: Rehearsal, from: number, fates: readonly Fate[], only?: readonly string[]): Mishap[] {
  return made.flatMap((name, at) => {
    if (at < from || only?.includes(name) === false) return [];
    const possible = name.startsWith('ledger.') ? fates.filter((fate) => ofTheLedger.includes(fate)) : fates;
    return possible.map((fate) => ({ at, fate }));
  });
}

const describeMishaps = ({ made, faults }: Rehearsal, mishaps: readonly Mishap[]): string =>
  `${mishaps.map(({ at, fate }) => `${fate} at ${at} (${made[at]})`).join(', ')}: ${faults.join('; ')}`;

describe.each(journeys)('a journey (%s)', (_, settings) => {
  test('without a mishap calls each of the others once', async () => {
    const { house, faults } = await rehearse(settings, []);
    expect(faults).toEqual([]);
    const once = ['okta.enroll', 'provider.placeOrder', 'okta.activate'];
    expect(once.map((name) => house.calls.filter((call) => call === name).length)).toEqual([1, 1, 1]);
  });

  test('comes to its one end whatever happens to any one call', async () => {
    const bad: string[] = [];
    const mishaps = mishapsIn(await rehearse(settings, []), 0, all);
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
  }, 120_000);

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
  }, 120_000);

  test('comes to its one end through any number of mishaps', async () => {
    const mishaps = fc.uniqueArray(fc.record({ at: fc.nat({ max: 120 }), fate: fc.constantFrom(...all) }), {
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
