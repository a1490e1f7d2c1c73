import { describe, expect, test } from '@jest/globals';
import { profileFields } from '@keycourier/journey/model/shipment';
import fc from 'fast-check';

import { checkAddress } from './check-address.ts';
import { describeProblem, isAddressProblem } from './describe-problem.ts';
import { byteLimits } from './limits.ts';
import { addressProblemCodes } from './problem.ts';
import { profile, user } from './testing/arbitrary-profile.ts';
import { asGiven, sourced } from './testing/sourced.ts';

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
