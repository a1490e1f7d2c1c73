import { describe, expect, test } from '@jest/globals';
import { overridableFields } from '@keycourier/journey/model/profile';
import fc from 'fast-check';

import { checkAddress } from '../check-address.ts';
import { brokenProfile, repairableProfile, user, userAnywhere } from '../testing/arbitrary-profile.ts';
import { assertOften } from '../testing/assert-often.ts';
import { sourced, valuesOf } from '../testing/sourced.ts';

/** Each of these checks a profile many times over. */
const runs = 150;
/** Words of family names; some need transliteration, and several together exceed the limit. */
const nameWord = fc.constantFrom(...'von Freiherr van zu Ада Käthe Щербак Ёлкин Ευα Müller-Ж スズキ'.split(' '));
const cases = fc.oneof(fc.tuple(brokenProfile, user), fc.tuple(repairableProfile, userAnywhere));

describe('a suggestion', () => {
  test('holds values for attributes that had problems, and for no e-mail address', () => {
    assertOften([cases], { runs, share: 0.6 }, ([values, about]) => {
      const verdict = checkAddress(sourced(values), about);
      if (verdict.outcome !== 'problems') return false;
      const failing = verdict.problems.map(({ field }) => field);
      const suggested = Object.keys(verdict.suggestion);
      expect(failing).toEqual(expect.arrayContaining(suggested));
      expect([...overridableFields]).toEqual(expect.arrayContaining(suggested));
      return suggested.length > 0;
    });
  });

  test('that is accepted, alone or whole, makes its attributes pass and no other fail', () => {
    assertOften([cases], { runs, share: 0.6 }, ([values, about]) => {
      const verdict = checkAddress(sourced(values), about);
      if (verdict.outcome !== 'problems') return false;
      const before = verdict.problems.map(({ field }) => field);
      const alone = Object.entries(verdict.suggestion).map(([field, value]) => ({ [field]: value }));
      for (const accepted of [...alone, verdict.suggestion]) {
        const again = checkAddress(sourced({ ...values, ...accepted }), about);
        const stillFailing = again.outcome === 'problems' ? again.problems.map(({ field }) => field) : [];
        expect(before.filter((field) => !Object.hasOwn(accepted, field))).toEqual(expect.arrayContaining(stillFailing));
      }
      return alone.length > 0;
    });
  });

  test('ships as suggested: its rules change nothing more about it', () => {
    assertOften([repairableProfile, userAnywhere], { runs, share: 0.9 }, (values, about) => {
      const verdict = checkAddress(sourced(values), about);
      if (verdict.outcome !== 'problems') return false;
      const again = checkAddress(sourced({ ...values, ...verdict.suggestion }), about);
      if (again.outcome !== 'shippable') return false;
      expect(valuesOf(again.profile)).toMatchObject(verdict.suggestion);
      return true;
    });
  });

  test('is the same each time', () => {
    fc.assert(
      fc.property(cases, ([values, about]) => {
        const source = sourced(values);
        expect(checkAddress(source, about)).toEqual(checkAddress(source, about));
      }),
      { numRuns: runs },
    );
  });

  test('of a family name has as many words as the name', () => {
    const lastNames = fc.array(nameWord, { minLength: 1, maxLength: 4 });
    assertOften([repairableProfile, lastNames, userAnywhere], { runs, share: 0.4 }, (values, words, about) => {
      const verdict = checkAddress(sourced({ ...values, lastName: words.join(' ') }), about);
      if (verdict.outcome !== 'problems' || verdict.suggestion.lastName === undefined) return false;
      expect(verdict.suggestion.lastName.split(' ')).toHaveLength(words.length);
      return true;
    });
  });
});
