import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CountryCode, getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';

import { checkAddress } from '../check-address.ts';
import { assertOften } from '../testing/assert-often.ts';
import { phoneNumber } from './phone-number.ts';

const runs = 2000;

const judge = (value: string, countryCode: CountryCode) =>
  phoneNumber(
    { name: 'primaryPhone', value, source: 'okta', normalisations: [], problems: [] },
    {
      countryCode,
      isMilitary: false,
      subdivision: null,
      subdivisionOfCode: null,
      isNewUser: false,
      enabledCountries: null,
    },
  );

/** Mobile numbers of all countries, and other numbers of some whose prefixes are known here, apart from the library. */
const mobile = getCountries().flatMap((country) => {
  const phone = getExampleNumber(country, examples);
  return phone === undefined ? [] : [{ country, phone }];
});
const known: readonly { country: CountryCode; national: string; code: string; trunk: string; outward: string }[] = [
  { country: 'DE', national: '3023125123', code: '49', trunk: '0', outward: '00' },
  { country: 'AT', national: '15123456', code: '43', trunk: '0', outward: '00' },
  { country: 'GB', national: '2079460958', code: '44', trunk: '0', outward: '00' },
  { country: 'FR', national: '199001234', code: '33', trunk: '0', outward: '00' },
  { country: 'US', national: '3035550123', code: '1', trunk: '1', outward: '011' },
  { country: 'RU', national: '9123456789', code: '7', trunk: '8', outward: '810' },
  { country: 'HU', national: '201234567', code: '36', trunk: '06', outward: '00' },
  { country: 'AU', national: '412345678', code: '61', trunk: '0', outward: '0011' },
  { country: 'JP', national: '312345678', code: '81', trunk: '0', outward: '010' },
  { country: 'IT', national: '0612345678', code: '39', trunk: '', outward: '00' },
  { country: 'ES', national: '612345678', code: '34', trunk: '', outward: '00' },
  { country: 'MX', national: '5512345678', code: '52', trunk: '', outward: '00' },
  { country: 'BR', national: '11961234567', code: '55', trunk: '0', outward: '0015' },
  { country: 'AR', national: '1123456789', code: '54', trunk: '0', outward: '00' },
  { country: 'LT', national: '61234567', code: '370', trunk: '0', outward: '00' },
];
/** Carrier codes, and prefixes that a country has given up: the library drops some. */
const noPrefixes = ['8', '015', '044', '045', '01'];
const anyKnown = fc.constantFrom(...known);

const usual = fc.constantFrom('', '', ' ', '-', '.', '/', '\u2013');
const odd = fc.constantFrom(
  ',',
  ';',
  '(',
  ')',
  '+',
  '0',
  '00',
  '#',
  ' x',
  '*',
  "'",
  'e',
  '~',
  ' / ',
  '.0',
  ' or ',
  '²',
);
const piece = fc.tuple(fc.stringMatching(/^\d{1,4}$/), fc.oneof(usual, odd)).map(([digits, mark]) => digits + mark);
const rarely = (text: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text });

/** A number with marks between its digits, and sometimes with an odd mark, or with something before or behind it. */
const spoilt = fc
  .record({
    number: anyKnown,
    places: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
    usual,
    odd: rarely(odd),
    before: rarely(piece),
    after: rarely(fc.tuple(fc.oneof(usual, odd), fc.stringMatching(/^\d{1,4}$/)).map((parts) => parts.join(''))),
    prefix: fc.integer({ min: 0, max: 11 }),
  })
  .map(({ number, places, before, after, prefix, ...marks }) => {
    const { code, trunk, outward, national } = number;
    const prefixes = [
      '',
      trunk,
      `+${code}`,
      `+${code}${trunk}`,
      `+${code} (${trunk})`,
      outward + code,
      code,
      ...noPrefixes,
    ];
    const digits = Array.from(national, (digit, at) => {
      const mark = at === places[0] ? marks.odd || marks.usual : marks.usual;
      return places.includes(at) ? mark + digit : digit;
    });
    return { number, value: `${before}${prefixes[prefix]}${digits.join('')}${after}` };
  });

const digitsOf = (text: string): string => text.replace(/\D/g, '');

describe('a phone number that ships', () => {
  test('has the digits that were written, in their order, after the prefixes of its country', () => {
    assertOften([spoilt], { runs, share: 0.2 }, ({ number, value }) => {
      const { value: shipped, problems } = judge(value, number.country);
      if (problems.length > 0) return false;
      const [, international = '', extension = ''] = /^\+(\d+)(?: ext\. (\d+))?$/.exec(shipped) ?? [];
      const written = digitsOf(value);
      expect(written.endsWith(extension)).toBe(true);
      const main = written.slice(0, written.length - extension.length);
      const { code, trunk, outward } = number;
      const possible = [main, ...['', code].map((prefix) => prefix + main)];
      const stripped = [trunk, code + trunk, outward, outward + code + trunk, trunk + code]
        .filter((prefix) => main.startsWith(prefix))
        .map((prefix) => main.slice(prefix.length));
      expect([...possible, ...stripped, ...stripped.map((rest) => code + rest)]).toContain(international);
      return true;
    });
  });

  test('has nothing in it but digits, punctuation and an extension that is written out', () => {
    assertOften([spoilt], { runs, share: 0.2 }, ({ number, value }) => {
      if (judge(value, number.country).problems.length > 0) return false;
      expect(value).toMatch(/^\(?\+?[\d ()./\u2013-]+(?: x\d{1,7})?$/);
      return true;
    });
  });

  test('is the same when it is checked again', () => {
    assertOften([spoilt], { runs, share: 0.2 }, ({ number, value }) => {
      const first = judge(value, number.country);
      if (first.problems.length > 0) return false;
      expect(judge(first.value, number.country)).toMatchObject({
        value: first.value,
        problems: [],
        normalisations: [],
      });
      return true;
    });
  });
});

describe('a number of any country', () => {
  test('in its usual forms is that number', () => {
    const forms = fc.constantFrom<'E.164' | 'INTERNATIONAL' | 'NATIONAL'>('E.164', 'INTERNATIONAL', 'NATIONAL');
    assertOften([fc.constantFrom(...mobile), forms], { runs, share: 0.98 }, ({ country, phone }, form) => {
      const { value, problems } = judge(phone.format(form), country);
      // What a country writes otherwise at home than abroad (Argentina's 15) is a suggestion.
      if (problems.length > 0) return false;
      expect(value).toBe(phone.number);
      return true;
    });
  });

  test('in full-width digits, or with dashes for its spaces, is that number', () => {
    assertOften([fc.constantFrom(...mobile)], { runs, share: 0.98 }, ({ country, phone }) => {
      const wide = phone
        .formatInternational()
        .replace(/[+\d]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfe_e0));
      const dashed = phone.formatInternational().replaceAll(' ', '-');
      const found = [wide, dashed].map((value) => judge(value, country));
      if (found.some(({ problems }) => problems.length > 0)) return false;
      expect(found.map(({ value }) => value)).toEqual([phone.number, phone.number]);
      return true;
    });
  });

  const joined = fc.constantFrom(
    (number: string, digits: string) => `${number}/${digits}`,
    (number: string, digits: string) => `${number} / ${digits}`,
    (number: string, digits: string) => `${number};${digits}`,
    (number: string, digits: string) => `${number}, ${digits}`,
    (number: string, digits: string) => `${number} or ${digits}`,
    (number: string, digits: string) => `${number} oder ${digits}`,
    (number: string, digits: string) => `${number}#${digits}`,
    (number: string, digits: string) => `${number} (${digits})`,
    (number: string) => `${number}.0`,
    (number: string) => `${number},0`,
    (number: string) => `'${number}`,
  );
  const lastDigits = fc.stringMatching(/^[1-9]\d{1,2}$/);

  test('with other digits to choose from, or as a decimal, is held, and the number suggested', () => {
    assertOften([anyKnown, joined, lastDigits], { runs: 1000, share: 0.9 }, (number, join, digits) => {
      const e164 = `+${number.code}${number.national}`;
      const written = join(e164, digits);
      expect(judge(written, number.country).problems).not.toEqual([]);
      const verdict = checkAddress(
        {
          primaryPhone: { value: written, source: 'okta' },
          countryCode: { value: number.country, source: 'okta' },
        },
        { isNewUser: false, enabledCountries: null },
      );
      const suggestion = verdict.outcome === 'problems' ? verdict.suggestion.primaryPhone : undefined;
      if (suggestion === undefined) return false;
      expect([e164, `${e164} ext. ${digits}`]).toContain(suggestion);
      return true;
    });
  });
});
