import countries from 'i18n-iso-countries';

import { become, fail, type FieldState, type Rule } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';

/** The country as ISO 3166-1 alpha-2, from that, alpha-3, or its name in many languages. */
export const country: Rule = (field) => {
  const letters = field.value.replace(/[. ]/g, '');
  // Two or three letters are a code or an English abbreviation; as a name they may surprise ("Čad" is Chad in Czech).
  if (!/^[A-Za-z]{2,3}$/.test(letters)) return fromName(field, codesByName().get(placeNameKey(field.value)));
  const abbreviation = letters.toUpperCase();
  if (countries.alpha2ToAlpha3(abbreviation) !== undefined) return become(field, abbreviation, 'upper_cased');
  const fromAlpha3 = countries.alpha3ToAlpha2(abbreviation);
  if (fromAlpha3 !== undefined) return become(field, fromAlpha3, 'country_alpha3_to_alpha2');
  return fromName(field, countries.getAlpha2Code(abbreviation, 'en'));
};

const fromName = (field: FieldState, code: string | null | undefined): FieldState =>
  typeof code === 'string' ? become(field, code, 'country_name_to_code') : fail(field, 'unknown_country');

/**
 * Countries are enabled for each organization. A military post is reached through the US, wherever it is. Source:
 * YubiEnterprise delivery API.
 */
export const enabledCountry: Rule = (field, { enabledCountries, isMilitary }) => {
  if (enabledCountries === null || field.problems.includes('unknown_country')) return field;
  return enabledCountries.includes(isMilitary ? 'US' : field.value) ? field : fail(field, 'country_not_enabled');
};

let index: ReadonlyMap<string, string | null> | undefined;

/** Built on first use, since most profiles hold a code: it has twelve thousand names. */
const codesByName = (): ReadonlyMap<string, string | null> => (index ??= indexNames());

/** Every country's names in every language of the library; null where two countries share one ("Congo"). */
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
