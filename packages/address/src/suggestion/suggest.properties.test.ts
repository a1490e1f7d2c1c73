import { describe, expect, test } from '@jest/globals';
import { overridableFields } from '@keycourier/journey/model/shipment';
import fc from 'fast-check';

import { checkAddress } from '../check-address.ts';
import { givens, mendable, user, word } from '../testing/arbitrary-profile.ts';
import { asGiven, sourced } from '../testing/sourced.ts';

/** Each of these reads a profile many times over. */
const runs = { numRuns: 500 };

describe('a suggestion', () => {
  test('holds values for attributes that had problems, and for no e-mail address', () => {
    fc.assert(
      fc.property(mendable, user, (given, about) => {
        const verdict = checkAddress(sourced(given), about);
        if (verdict.outcome !== 'problems') return;
        const failing = verdict.problems.map(({ field }) => field);
        const suggested = Object.keys(verdict.suggestion);
        expect(failing).toEqual(expect.arrayContaining(suggested));
        expect([...overridableFields]).toEqual(expect.arrayContaining(suggested));
      }),
      runs,
    );
  });

  test('that is accepted, alone or whole, makes its attributes pass and no other fail', () => {
    fc.assert(
      fc.property(mendable, user, (given, about) => {
        const verdict = checkAddress(sourced(given), about);
        if (verdict.outcome !== 'problems') return;
        const alone = Object.entries(verdict.suggestion).map(([field, value]) => ({ [field]: value }));
        for (const accepted of [...alone, verdict.suggestion]) {
          const again = checkAddress(sourced({ ...given, ...accepted }), about);
          const stillFailing = again.outcome === 'problems' ? again.problems.map(({ field }) => field) : [];
          const before = verdict.problems.map(({ field }) => field);
          expect(before.filter((field) => !Object.hasOwn(accepted, field))).toEqual(
            expect.arrayContaining(stillFailing),
          );
        }
      }),
      runs,
    );
  });

  test('ships as it was suggested: its rules change nothing more about it', () => {
    fc.assert(
      fc.property(mendable, user, (given, about) => {
        const verdict = checkAddress(sourced(given), about);
        if (verdict.outcome !== 'problems') return;
        const again = checkAddress(sourced({ ...given, ...verdict.suggestion }), about);
        if (again.outcome !== 'shippable') return;
        expect(asGiven(again.profile)).toMatchObject(verdict.suggestion);
      }),
      runs,
    );
  });

  test('is the same when it is asked for again', () => {
    fc.assert(
      fc.property(mendable, user, (given, about) => {
        const profileGiven = sourced(given);
        expect(checkAddress(profileGiven, about)).toEqual(checkAddress(profileGiven, about));
      }),
      runs,
    );
  });

  test('of a family name has as many words as were given', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), user, (words, about) => {
        const verdict = checkAddress(sourced({ ...givens[0], lastName: words.join(' ') }), about);
        if (verdict.outcome !== 'problems') return;
        const suggested = verdict.suggestion.lastName;
        if (suggested !== undefined) expect(suggested.split(' ')).toHaveLength(words.length);
      }),
      runs,
    );
  });
});
