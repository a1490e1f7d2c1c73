import { iso31662 } from 'iso-3166';

import { become, fail, type Rule } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';
import type { NormalisationRule } from '../problem.ts';
import { militaryStates } from './military-post.ts';

/** Where the provider requires the two-letter code of a state or province. Source: YubiEnterprise delivery API, `region`. */
const countriesWithStates = ['US', 'CA'] as const;

interface Spelling {
  key: string;
  code: string;
  rule: NormalisationRule;
}

const spellings = new Map<string, readonly Spelling[]>(
  countriesWithStates.map((country) => [country, spellingsOf(country)]),
);
const militarySpellings = militaryStates.map((code): Spelling => ({
  key: placeNameKey(code),
  code,
  rule: 'upper_cased',
}));

export const needsState = (countryCode: string): boolean => spellings.has(countryCode);

/** The two-letter code where one is required, from that, ISO 3166-2 ("US-CA") or the name. Elsewhere the region stays as it is. */
export const state: Rule = (field, { countryCode, isMilitary }) => {
  const states = countryCode === null ? undefined : spellings.get(countryCode);
  if (states === undefined) return field;
  const key = placeNameKey(field.value);
  const known = countryCode === 'US' && isMilitary ? militarySpellings : states;
  const found = known.find((spelling) => spelling.key === key);
  return found === undefined ? fail(field, 'unknown_state') : become(field, found.code, found.rule);
};

function spellingsOf(country: string): Spelling[] {
  const states = iso31662.filter((entry) => entry.parent === country);
  return states.flatMap(({ code: isoCode, name }) => {
    const code = isoCode.slice(country.length + 1);
    return [
      { key: placeNameKey(code), code, rule: 'upper_cased' },
      { key: placeNameKey(isoCode), code, rule: 'state_prefix_removed' },
      { key: placeNameKey(name), code, rule: 'state_name_to_code' },
    ];
  });
}
