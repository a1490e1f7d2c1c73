import { iso31662 } from 'iso-3166';

import { become, fail, type Rule } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';
import type { NormalisationRule } from '../problem.ts';
import { findSubdivision } from '../subdivisions/find-subdivision.ts';
import { militaryStates } from './military-post.ts';
import { otherNames, postalNames } from './state-names.ts';

/** Where the provider requires the two-letter code of a state or province. Source: YubiEnterprise delivery API, `region`. */
const countriesWithStates = ['US', 'CA'] as const;
type CountryWithStates = (typeof countriesWithStates)[number];

/** Uninhabited, and without a post office: USPS has no code for it. */
const unserved = ['UM'];

interface Spelling {
  code: string;
  rule: NormalisationRule;
}

const spellings: Readonly<Record<CountryWithStates, ReadonlyMap<string, Spelling>>> = {
  US: spellingsOf('US'),
  CA: spellingsOf('CA'),
};
const loosely: Readonly<Record<CountryWithStates, ReadonlyMap<string, string>>> = {
  US: looseSpellingsOf('US'),
  CA: looseSpellingsOf('CA'),
};

const isWithStates = (countryCode: string | null): countryCode is CountryWithStates =>
  countriesWithStates.some((known) => known === countryCode);

export const needsState = (countryCode: string): boolean => isWithStates(countryCode);

/**
 * The two-letter code where one is required, from that, ISO 3166-2 ("US-CA") or a name that the country's post knows. Elsewhere
 * the region stays as it is, except that an official name in another script becomes the same in Latin.
 */
export const state: Rule = (field, { countryCode, isMilitary }) => {
  if (!isWithStates(countryCode)) return latinised(field, countryCode);
  const found = spellings[countryCode].get(placeNameKey(field.value));
  // A military state is one in a military post alone, and no other state is.
  const fits = found !== undefined && (countryCode !== 'US' || isMilitaryState(found.code) === isMilitary);
  return fits ? become(field, found.code, found.rule) : fail(field, 'unknown_state');
};

const latinised = (field: Parameters<Rule>[0], countryCode: string | null): ReturnType<Rule> => {
  if (countryCode === null || /^[\p{Script=Latin}\P{L}]*$/u.test(field.value)) return field;
  const label = findSubdivision(field.value, countryCode)?.label ?? null;
  return label === null ? field : become(field, label, 'state_name_to_latin');
};

const isMilitaryState = (code: string): boolean => militaryStates.some((known) => known === code);

/**
 * The code that a text means which no post lists: another name ("PQ"), a name with its kind before it ("State of Texas"), or one
 * name said twice ("MA - Massachusetts"). Null where there is none, or more than one.
 */
export function stateMeantBy(text: string, countryCode: string | null): string | null {
  if (!isWithStates(countryCode)) return null;
  const parts = text.split(/[,;()/|–]| - /).filter((part) => placeNameKey(part) !== '' && !isCountry(part));
  const named = parts.join(' ').replace(kinds, '');
  const whole = codeOf(named, countryCode);
  if (whole !== null) return whole;
  const codes = new Set(parts.map((part) => codeOf(part, countryCode)));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : null;
}

const kinds =
  /^(?:the )?(?:state|commonwealth|province|territory|province|territoire|état)(?: of| de la| du| de| d')? +/i;

const isCountry = (part: string): boolean => ['us', 'usa', 'unitedstates', 'canada'].includes(placeNameKey(part));

const codeOf = (name: string, country: CountryWithStates): string | null =>
  spellings[country].get(placeNameKey(name))?.code ?? loosely[country].get(placeNameKey(name)) ?? null;

function spellingsOf(country: CountryWithStates): ReadonlyMap<string, Spelling> {
  const iso = iso31662
    .filter(({ parent }) => parent === country)
    .map(({ code, name }) => [code.slice(3), name] as const);
  const states = iso.filter(([code]) => !unserved.includes(code));
  const posts = Object.entries(postalNames[country]);
  const codes = new Set([...states, ...posts].map(([code]) => code));
  return new Map([
    ...[...states, ...posts.flatMap(([code, names]) => names.map((name) => [code, name] as const))].map(
      ([code, name]): [string, Spelling] => [placeNameKey(name), { code, rule: 'state_name_to_code' }],
    ),
    ...[...codes].map((code): [string, Spelling] => [
      placeNameKey(`${country}-${code}`),
      { code, rule: 'state_prefix_removed' },
    ]),
    ...[...codes].map((code): [string, Spelling] => [placeNameKey(code), { code, rule: 'upper_cased' }]),
  ]);
}

function looseSpellingsOf(country: CountryWithStates): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(otherNames[country]).flatMap(([code, names]) => names.map((name) => [placeNameKey(name), code])),
  );
}
