import { postcodeValidator, postcodeValidatorExistsForCountry } from 'postcode-validator';

import { become, fail, type Rule } from '../field-state.ts';

/**
 * Whether an address in this country must have a postal code: the library has a rule for the country, and the rule
 * refuses an empty one (Bahrain's and Nigeria's, for instance, take it).
 */
export const needsPostalCode = (countryCode: string): boolean =>
  postcodeValidatorExistsForCountry(countryCode) && !postcodeValidator('', countryCode);

/** The postal code in capitals, and spaced as in its country. */
export const postalCode: Rule = (field, { countryCode }) => {
  const upper = become(field, field.value.replace(/[a-z\uff01-\uff5e]/g, toPlainCapital), 'upper_cased');
  const isValid = validator(countryCode);
  const respaced = respace(upper.value, isValid);
  if (respaced !== null) return become(upper, respaced, 'postal_code_respaced');
  const bare = countryCode === null ? null : respace(withoutPrefix(upper.value, countryCode), isValid);
  return bare === null ? fail(upper, 'not_a_postal_code') : become(upper, bare, 'postal_code_prefix_removed');
};

/** A Japanese keyboard writes the same letters and digits as full-width forms. */
const toPlainCapital = (character: string): string => character.normalize('NFKC').toUpperCase();

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

/** "D-10115" is 10115 in DE, "NL-1012 AB" is 1012 AB in NL: the label names the country elsewhere. */
function withoutPrefix(code: string, countryCode: string): string {
  const [, prefix, rest] = /^([A-Z]{1,2})[ -]?(\d.*)$/.exec(code) ?? [];
  return prefix !== undefined && rest !== undefined && countryCode.startsWith(prefix) ? rest : code;
}
