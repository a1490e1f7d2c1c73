import { describe, expect, test } from '@jest/globals';
import { profileFields } from '@keycourier/journey/shipment';
import fc from 'fast-check';

import { addresses, type Given } from './addresses.table.ts';
import { checkAddress } from './check-address.ts';
import { describeProblem, isAddressProblem } from './describe-problem.ts';
import { byteLimits } from './limits.ts';
import { addressProblemCodes } from './problem.ts';
import { asGiven, sourced } from './testing/sourced.ts';

/** Any text at all: half characters, controls, other scripts, and the stuff that real addresses are made of. */
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(' ', ',', '\n', '\r\n', '-', '.', '\u0301', '\u3000', '\ud800', 'é', 'Wörter', '12', 'PO Box'),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('US', 'ca', 'Deutschland', 'APO', 'AE', 'QAT', 'constructor', '__proto__', '0'.repeat(5000)),
);

const row = fc.constantFrom(...addresses.map(([, given]): Given => ({ secondEmail: 'ada@home.example', ...given })));
/** An address of the table with some attributes changed to anything, taken away, or swapped with another row's. */
const profile: fc.Arbitrary<Given> = fc
  .tuple(
    row,
    row,
    fc.subarray([...profileFields], { maxLength: 3 }),
    fc.subarray([...profileFields], { maxLength: 2 }),
    fc.infiniteStream(fc.option(anything, { nil: undefined })),
  )
  .map(([base, other, changed, swapped, values]) => {
    const swaps = swapped.map((field) => [field, other[field]]);
    const changes = changed.map((field) => [field, values.next().value]);
    const entries = Object.entries({ ...base, ...Object.fromEntries(swaps), ...Object.fromEntries(changes) });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  });
const user = fc.record({ isNewUser: fc.boolean() });
const runs = { numRuns: 2000 };

describe('whatever the profile holds', () => {
  test('the verdict never throws, and never is an empty list of problems', () => {
    fc.assert(
      fc.property(profile, user, (given, who) => {
        const verdict = checkAddress(sourced(given), who);
        if (verdict.outcome === 'problems') expect(verdict.problems).not.toEqual([]);
      }),
      runs,
    );
  });

  test('a shippable profile checked again is unchanged', () => {
    fc.assert(
      fc.property(profile, user, (given, who) => {
        const first = checkAddress(sourced(given), who);
        if (first.outcome !== 'shippable') return;
        const again = checkAddress(sourced(asGiven(first.profile)), who);
        expect(again).toEqual({ outcome: 'shippable', profile: { ...first.profile, normalisations: [] } });
      }),
      runs,
    );
  });

  test('no value of a shippable profile exceeds its limit', () => {
    fc.assert(
      fc.property(profile, user, (given, who) => {
        const verdict = checkAddress(sourced(given), who);
        if (verdict.outcome !== 'shippable') return;
        const { streetLine1, streetLine2, ...rest } = verdict.profile;
        const { streetAddress, ...limits } = byteLimits;
        for (const line of [streetLine1, streetLine2 ?? ''])
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(streetAddress);
        for (const [field, limit] of Object.entries(limits)) {
          const value = Object.entries(rest).find(([name]) => name === field)?.[1];
          expect(Buffer.byteLength(typeof value === 'string' ? value : '')).toBeLessThanOrEqual(limit);
        }
      }),
      runs,
    );
  });

  test('an e-mail address ships as it was given but for white space around it', () => {
    fc.assert(
      fc.property(profile, user, (given, who) => {
        const verdict = checkAddress(sourced(given), who);
        if (verdict.outcome !== 'shippable') return;
        expect(verdict.profile.email).toBe(given.email?.trim());
        expect(verdict.profile.secondEmail ?? '').toBe((given.secondEmail ?? '').trim());
      }),
      runs,
    );
  });
});

describe('what a problem says', () => {
  const sentences = profileFields.flatMap((field) =>
    addressProblemCodes.map((code) => describeProblem({ field, code })),
  );

  test('no problem holds any value of four or more characters', () => {
    fc.assert(
      fc.property(profile, user, (given, who) => {
        const verdict = checkAddress(sourced(given), who);
        if (verdict.outcome !== 'problems') return;
        const told = verdict.problems.map((problem) => {
          expect(Object.keys(problem).sort()).toEqual(['code', 'field']);
          return isAddressProblem(problem) ? describeProblem(problem) : 'not in the closed list';
        });
        expect(sentences).toEqual(expect.arrayContaining(told));
        // A value that is a word of our own sentences ("city") would be found without having been told.
        const values = Object.values(given).filter(
          (value) => value.length >= 4 && !sentences.some((own) => own.includes(value)),
        );
        for (const value of values) expect(told.join('\n')).not.toContain(value);
      }),
      runs,
    );
  });
});
