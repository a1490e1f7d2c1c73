import countries from 'i18n-iso-countries';

import { placeNameKey } from '../place-name.ts';
import { become, fail, type FieldState, type Rule } from '../reading.ts';

/** The country as ISO 3166-1 alpha-2, from that, alpha-3, or its name in many languages. */
export const country: Rule = (reading) => {
  const letters = reading.value.replace(/[. ]/g, '');
  // Two or three letters are a code or an English abbreviation: as names they mean the unexpected ("Čad" is Chad in Czech).
  if (!/^[A-Za-z]{2,3}$/.test(letters)) return called(reading, codesByName().get(placeNameKey(reading.value)));
  const abbreviation = letters.toUpperCase();
  if (countries.alpha2ToAlpha3(abbreviation) !== undefined) return become(reading, abbreviation, 'upper_cased');
  const fromAlpha3 = countries.alpha3ToAlpha2(abbreviation);
  if (fromAlpha3 !== undefined) return become(reading, fromAlpha3, 'country_alpha3_to_alpha2');
  return called(reading, countries.getAlpha2Code(abbreviation, 'en'));
};

const called = (reading: FieldState, code: string | null | undefined): FieldState =>
  typeof code === 'string' ? become(reading, code, 'country_name_to_code') : fail(reading, 'unknown_country');

let index: ReadonlyMap<string, string | null> | undefined;

/** Made when the first name comes, since most profiles hold a code: it is twelve thousand names. */
const codesByName = (): ReadonlyMap<string, string | null> => (index ??= indexNames());

/** Every country's names in every language that the library knows; null where two countries share one, as in "Congo". */
function indexNames(): ReadonlyMap<string, string | null> {
  const codes = new Map<string, string | null>();
  for (const language of countries.langs()) {
    for (const [code, names] of Object.entries(countries.getNames(language, { select: 'all' }))) {
      for (const key of names.map(placeNameKey)) {
        const known = codes.get(key);
        codes.set(key, known === undefined || known === code ? code : null);
      }
    }
  }
  return codes;
}
