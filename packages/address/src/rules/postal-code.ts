import countries from 'i18n-iso-countries';
import { postcodeValidator, postcodeValidatorExistsForCountry } from 'postcode-validator';

import { become, fail, type Rule } from '../field-state.ts';

/** Carriers deliver there without one, and most addresses are written so: Eircodes exist since 2015, the others are hardly known. */
const usuallyWithoutPostalCode = ['CK', 'CL', 'IE', 'PA'] as const;

/**
 * Whether an address in this country must have a postal code: the library has a rule for the country, and the rule
 * refuses an empty one (Bahrain's and Nigeria's, for instance, take it).
 */
export const needsPostalCode = (countryCode: string): boolean =>
  !usuallyWithoutPostalCode.some((code) => code === countryCode) &&
  postcodeValidatorExistsForCountry(countryCode) &&
  !postcodeValidator('', countryCode);

/** The postal code in capitals, spaced as in its country, without marks that are not part of it. */
export const postalCode: Rule = (field, { countryCode }) => {
  const upper = become(field, field.value.replace(/[a-z\uff01-\uff5e]/g, toPlainCapital), 'upper_cased');
  const unmarked = become(upper, withoutMarks(upper.value, countryCode), 'postal_mark_removed');
  const isValid = validator(countryCode);
  const stripped = withoutPrefix(unmarked.value, countryCode);
  const bare = stripped === null ? null : respace(stripped, isValid);
  if (bare !== null) return become(unmarked, bare, 'postal_code_prefix_removed');
  const respaced = respace(unmarked.value, isValid);
  return respaced === null ? fail(upper, 'not_a_postal_code') : become(unmarked, respaced, 'postal_code_respaced');
};

/** Whether it is a postal code of this country as its post writes it. */
export const isPostalCode = (code: string, countryCode: string | null): boolean => validator(countryCode)(code);

/** A Japanese keyboard writes the same letters and digits as full-width forms. */
const toPlainCapital = (character: string): string => character.normalize('NFKC').toUpperCase();

/** Any dash, a minus, or the long vowel mark that Japanese keyboards have in the dash's place. */
const dashes = /[\p{Pd}\u2212\u30fc\uff70]/gu;

/** What people write around a code besides letters and digits: Japan's postal mark, and the dot of a Brazilian CEP. */
function withoutMarks(code: string, countryCode: string | null): string {
  const dashed = code.replace(dashes, '-');
  if (countryCode === 'JP') return dashed.replace(/^[\u3012\u3020\u3036] ?/u, '');
  return countryCode === 'BR' ? dashed.replace(/^(\d{2})\.(\d{3}-?\d{3})$/, '$1$2') : dashed;
}

type IsValid = (code: string) => boolean;

function validator(countryCode: string | null): IsValid {
  const known = countryCode !== null && postcodeValidatorExistsForCountry(countryCode);
  const other = countryCode === null ? undefined : otherFormats.get(countryCode);
  return (code) =>
    code !== '' && (postcodeValidator(code, known ? countryCode : 'INTL') || (other !== undefined && other.test(code)));
}

/** In use besides the library's formats. Source: the address data in Google's libaddressinput; a second library agrees. */
const otherFormats: ReadonlyMap<string, RegExp> = new Map([
  ['AR', /^\d{4}$/],
  ['MD', /^MD-\d{4}$/],
  ['SA', /^\d{5}-\d{4}$/],
]);

/** The same letters and digits in the only spacing that is valid in the country; null where none is. */
function respace(code: string, isValid: IsValid): string | null {
  const bare = code.replace(/[ -]/g, '');
  if (bare.length > longestCode) return isValid(code) ? code : null;
  const spaced = insertions(bare, ' ').filter(isValid);
  // A code with letters has two halves ("W8 5TT"); one of digits alone keeps its spacing ("75001", "113 24").
  if (/[A-Z]/.test(bare) && spaced.length === 1) return spaced[0] ?? null;
  if (isValid(code)) return code;
  if (isValid(bare)) return bare;
  const [only, ...others] = [...spaced, ...insertions(bare, '-').filter(isValid)];
  return only !== undefined && others.length === 0 ? only : null;
}

/** Far above any country's: bounds the search for a spacing. */
const longestCode = 16;

const insertions = (bare: string, separator: string): string[] =>
  Array.from(
    { length: Math.max(0, bare.length - 1) },
    (_, at) => bare.slice(0, at + 1) + separator + bare.slice(at + 1),
  );

/** Their posts write the country's letters before every code, at home too. Source: the Universal Postal Union. */
const countriesWithLettersInCodes = ['LT', 'LU', 'LV', 'MD'] as const;

/** "D-10115" is 10115 in DE, "FIN-00100" is 00100 in FI: the label names the country elsewhere. Null without such a prefix. */
function withoutPrefix(code: string, countryCode: string | null): string | null {
  if (countriesWithLettersInCodes.some((own) => own === countryCode)) return null;
  const [, prefix, rest] = /^([A-Z]{1,3}?)[ -]?((?=\d).*|(?<=[ -]).+)$/.exec(code) ?? [];
  return prefix !== undefined && rest !== undefined && prefixesOf(countryCode).includes(prefix) ? rest : null;
}

/** What may stand before a code of the country: its codes in ISO 3166-1, and the signs of its vehicles. */
function prefixesOf(countryCode: string | null): readonly string[] {
  if (countryCode === null) return [];
  return [countryCode, countries.alpha2ToAlpha3(countryCode) ?? countryCode, ...(signs[countryCode] ?? [])];
}

/** Distinguishing signs of vehicles that differ from ISO's codes, and Åland's and Monaco's older prefixes. Source: UNECE. */
const signs: Readonly<Record<string, readonly string[]>> = {
  AT: ['A'],
  AX: ['FI', 'FIN'],
  BE: ['B'],
  DE: ['D'],
  EE: ['EST'],
  ES: ['E'],
  FR: ['F'],
  GB: ['UK'],
  GR: ['EL'],
  HU: ['H'],
  IE: ['IRL'],
  IT: ['I'],
  JP: ['J'],
  LI: ['FL', 'CH'],
  LU: ['L'],
  MC: ['F'],
  MT: ['M'],
  NO: ['N'],
  PT: ['P'],
  RU: ['RUS'],
  SE: ['S'],
  SI: ['SLO'],
  SM: ['RSM', 'I'],
  VA: ['V', 'I'],
};
