import { describe, expect, test } from '@jest/globals';
import { profileFields, type CheckedProfile } from '@keycourier/journey/model/profile';
import type { AddressContext } from '@keycourier/journey/ports/address';
import fc from 'fast-check';

import { checkAddress } from './check-address.ts';
import { describeProblem, isAddressProblem } from './describe-problem.ts';
import { byteLimits } from './limits.ts';
import { addressProblemCodes } from './problem.ts';
import type { ProfileValues } from './testing/address-row.ts';
import { profile, shippableProfile, user, userAnywhere } from './testing/arbitrary-profile.ts';
import { assertOften } from './testing/assert-often.ts';
import { sourced, valuesOf } from './testing/sourced.ts';

const runs = 400;

/** Checks it on untouched addresses and on broken ones; about half of the cases ship. */
function everyShippable(check: (checked: CheckedProfile, values: ProfileValues, about: AddressContext) => void): void {
  const cases = fc.oneof(fc.tuple(shippableProfile, userAnywhere), fc.tuple(profile, user));
  assertOften([cases], { runs, share: 0.4 }, ([values, about]) => {
    const verdict = checkAddress(sourced(values), about);
    if (verdict.outcome === 'shippable') check(verdict.profile, values, about);
    return verdict.outcome === 'shippable';
  });
}

describe('for any profile', () => {
  test('the check never throws, and never finds an empty list of problems', () => {
    fc.assert(
      fc.property(profile, user, (values, about) => {
        const verdict = checkAddress(sourced(values), about);
        expect(verdict).not.toMatchObject({ problems: [] });
      }),
      { numRuns: runs },
    );
  });

  test('a shippable profile checked again is unchanged', () => {
    everyShippable((checked, _, about) => {
      const again = checkAddress(sourced(valuesOf(checked)), about);
      expect(again).toEqual({ outcome: 'shippable', profile: { ...checked, normalisations: [] } });
    });
  });

  test('no value of a shippable profile exceeds its limit', () => {
    const { streetAddress, ...limits } = byteLimits;
    everyShippable(({ streetLine1, streetLine2, ...rest }) => {
      for (const line of [streetLine1, streetLine2 ?? ''])
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(streetAddress);
      for (const [field, limit] of Object.entries(limits)) {
        const value = Object.entries(rest).find(([name]) => name === field)?.[1];
        expect(Buffer.byteLength(typeof value === 'string' ? value : '')).toBeLessThanOrEqual(limit);
      }
    });
  });

  test('an e-mail address ships unchanged except for white space around it', () => {
    everyShippable((checked, { email, secondEmail = '' }) => {
      expect(checked.email).toBe(email?.trim());
      const isRemoved = checked.normalisations.some(
        ({ field, rule }) => `${field} ${rule}` === 'secondEmail placeholder_removed',
      );
      expect(checked.secondEmail ?? '').toBe(isRemoved ? '' : secondEmail.trim());
      if (isRemoved) expect(secondEmail).not.toContain('@');
    });
  });
});

describe('the description of a problem', () => {
  const sentences = profileFields.flatMap((field) =>
    addressProblemCodes.map((code) => describeProblem({ field, code })),
  );

  test('holds no value of four or more characters', () => {
    assertOften([profile, user], { runs, share: 0.8 }, (values, about) => {
      const verdict = checkAddress(sourced(values), about);
      if (verdict.outcome !== 'problems') return false;
      const described = verdict.problems.map((problem) => {
        expect(Object.keys(problem).sort()).toEqual(['code', 'field']);
        return isAddressProblem(problem) ? describeProblem(problem) : 'not in the closed list';
      });
      expect(sentences).toEqual(expect.arrayContaining(described));
      // A value that is a word of our own sentences ("city") is in them anyway.
      const leakable = Object.values(values).filter(
        (value) => value.length >= 4 && !sentences.some((own) => own.includes(value)),
      );
      for (const value of leakable) expect(described.join('\n')).not.toContain(value);
      return true;
    });
  });
});
