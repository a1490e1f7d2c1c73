import { isPostalCode } from '../rules/postal-code.ts';
import { isElsewhere } from '../subdivisions/postal-area.ts';
import type { Loss } from './losses.ts';

/** Undoes what a spreadsheet makes of a code: a formula or an apostrophe that keeps its zeros, decimals, groups of thousands. */
export const undoSpreadsheet: Loss = (value) => {
  const text =
    /^="?([^"]*)"?$/.exec(value)?.[1] ?? value.replace(/^['\u2018\u2019`]|^"(?=[^"]*"$)|(?<=^"[^"]*)"$/g, '');
  return [asInteger(text.trim())];
};

/** "10115.0", "10,115", "1.0115E+04" are the integer 10115; a text that is no such number stays as it is. */
function asInteger(text: string): string {
  const whole = /^(\d+)[.,]0*$/.exec(text)?.[1];
  if (whole !== undefined) return whole;
  if (/^\d{1,3}(?:([.,'\u2019\u00a0 ])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]0+)?$/.test(text))
    return text.replace(/[.,]0{1,2}$/, '').replace(/\D/g, '');
  const power = /^\d(?:[.,]\d+)?E\+?\d{1,2}$/i.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  return Number.isSafeInteger(power) ? String(power) : text;
}

/**
 * How many zeros the shortest of a country's codes begin with; countries without such codes are absent. Source: the
 * address data in Google's libaddressinput, and the Universal Postal Union's pages on each country.
 */
const leadingZeros: Readonly<Record<string, number>> = Object.fromEntries(
  [
    [1, 'AU BR CN CO DE DZ EC ES FR GE GT KH KR KZ LT MM MX MY NZ PA PE PH RO SG SK SV TR UA VN'],
    [2, 'AM FI IT JP KE LK LA PR PY US'],
    [3, 'NO ZA'],
  ].flatMap(([zeros, codes]) =>
    String(codes)
      .split(' ')
      .map((code) => [code, Number(zeros)]),
  ),
);

/**
 * A spreadsheet reads a postal code as a number and drops its leading zeros: as many are put back as make it a code. In the US, where
 * any four digits could be such a code, the state must have it.
 */
export const restoreZeros: Loss = (value, { countryCode, subdivision }) => {
  if (countryCode === null || !/^\d[\d -]*$/.test(value)) return [];
  const padded = Array.from({ length: leadingZeros[countryCode] ?? 0 }, (_, more) => '0'.repeat(more + 1) + value);
  return countryCode === 'US' ? padded.filter((code) => subdivision?.postalCodes?.test(code) === true) : padded;
};

/** The code with the country's own letters before it, where they are part of it: "LV-1010". */
export const addPrefix: Loss = (value, { countryCode }) =>
  countryCode === null ? [] : ['-', '', ' '].map((separator) => countryCode + separator + value);

/** The code inside a text, such as a city behind or before it: the words that are a code, where no other word has a digit. */
export const findCode: Loss = (value, { countryCode }) => {
  const words = value.split(/[\s,;:()/]+|(?<=^\p{L}{1,3})-/u).filter((word) => word !== '');
  if (words.length > longestText) return [];
  return [1, 2, 3].flatMap((length) =>
    words.flatMap((_, start) => {
      const others = [...words.slice(0, start), ...words.slice(start + length)];
      const code = words.slice(start, start + length).join(' ');
      const isWhole = others.length === 0 && code === value;
      const isAlone = !isWhole && start + length <= words.length && !others.some((word) => /\d/.test(word));
      return isAlone && /\d/.test(code) && countryCode !== null ? [code] : [];
    }),
  );
};

/** Words of a text that is searched for a code: no city's name is longer. */
const longestText = 8;

/** Letters that are read as digits, and the other way round. */
const confusable: Readonly<Record<string, string>> = {
  O: '0',
  I: '1',
  L: '1',
  S: '5',
  B: '8',
  Z: '2',
  '0': 'O',
  '1': 'I',
  '5': 'S',
  '8': 'B',
  '2': 'Z',
};

/** The code with some letters and digits that look alike exchanged; none where more than one result is a code of the state. */
export const exchangeLookalikes: Loss = (value, { countryCode, subdivision }) => {
  const characters = value.toUpperCase().split('');
  if (characters.length > longestCode || countryCode === null) return [];
  const variants = characters.reduce<readonly string[]>(
    (starts, character) => {
      const other = confusable[character];
      return starts.flatMap((start) =>
        other === undefined ? [start + character] : [start + character, start + other],
      );
    },
    [''],
  );
  const codes = [...new Set(variants)].filter(
    (code) => code !== value && isPostalCode(code, countryCode) && !isElsewhere(code, subdivision, countryCode),
  );
  return codes.length === 1 ? codes : [];
};

/** Bounds the number of variants, which doubles with each letter. */
const longestCode = 10;
