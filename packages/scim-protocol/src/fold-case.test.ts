import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { foldCase } from './fold-case.ts';

test.each([
  ['Ä', 'ä', true],
  ['A\u0308', 'ä', true],
  ['STRASSE', 'straße', true],
  ['STRAẞE', 'straße', true],
  ['ΟΔΟΣ', 'οδος', true],
  ['ΟΔΟΣ', 'οδοσ', true],
  ['ﬃ', 'ffi', true],
  ['ꮳ', 'Ꮳ', true],
  ['İ', 'i', false],
  ['ı', 'i', false],
  ['ı', 'I', false],
  ['é', 'e', false],
])('%s and %s are the same text: %s', (one, other, isSame) => {
  expect(foldCase(one) === foldCase(other)).toBe(isSame);
});

test('characters are the same where Unicode says so', () => {
  const characters = Array.from({ length: 0x20000 }, (_, code) => String.fromCodePoint(code)).filter((character) =>
    /[\p{Changes_When_Casefolded}\p{Cased}]/u.test(character),
  );
  expect(characters.length).toBeGreaterThan(4_000);
  // The flags i and u compare by simple case folding, which is part of the full one.
  const isSame = (one: string, other: string): boolean => new RegExp(`^${one}$`, 'iu').test(other);
  const wrong = characters.filter((character) => {
    const folded = foldCase(character);
    const isSimple = Array.from(folded).length === 1 && character.normalize('NFC') === character;
    return foldCase(folded) !== folded || (isSimple && !isSame(folded, character));
  });
  expect(wrong).toEqual([]);
});

test('the beginning of a text folds to the beginning of the folded text, letter by letter of one alphabet', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('Σ', 'σ', 'ς', 'Α', 'Β', 'a', 'b', 'ß', 'ẞ', 'ı', 'İ', 'K'), {
        minLength: 1,
        maxLength: 8,
      }),
      (letters) => {
        const whole = foldCase(letters.join(''));
        expect(whole.startsWith(foldCase(letters.slice(0, -1).join('')))).toBe(true);
      },
    ),
  );
});
