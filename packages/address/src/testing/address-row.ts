import type { CheckedProfile, ProfileField, Suggestion } from '@keycourier/journey/model/shipment';

import type { AddressProblemCode, NormalisationRule } from '../problem.ts';

export type Given = Readonly<Partial<Record<ProfileField, string>>>;
type Normalised = `${ProfileField} ${NormalisationRule}`;
type Wrong = `${ProfileField} ${AddressProblemCode}`;

export type Verdict =
  /** Ships as given, but for these values, which these rules have changed. */
  | { outcome: 'ships'; with: Partial<CheckedProfile>; after: readonly Normalised[] }
  /** Is held for exactly these problems, with exactly this suggestion. */
  | { outcome: 'held'; for: readonly Wrong[]; suggestion: Suggestion };

/** A title, what a profile holds, what becomes of it, and the countries that are enabled (by default it is not known). */
export type Row = readonly [title: string, given: Given, verdict: Verdict, enabledCountries?: readonly string[]];

const person = { firstName: 'Ada', lastName: 'Lovelace', organization: 'Example Ltd', email: 'ada@example.com' };

/** An invented person at this place; an empty text is an absent attribute. `other` attributes replace the person's. */
export const at = (
  place: readonly [street: string, city: string, state: string, zip: string, country: string, phone: string],
  other: Given = {},
): Given => {
  const [streetAddress, city, state, zipCode, countryCode, primaryPhone] = place;
  const filled = Object.entries({ streetAddress, city, state, zipCode, countryCode, primaryPhone }).filter(
    ([, value]) => value !== '',
  );
  return { ...person, ...Object.fromEntries(filled), ...other };
};

export const ships = (changed: Partial<CheckedProfile> = {}, ...after: readonly Normalised[]): Verdict => ({
  outcome: 'ships',
  with: changed,
  after,
});

/** Held, and nothing can be suggested. */
export const held = (...problems: readonly Wrong[]): Verdict => heldWith({}, ...problems);

export const heldWith = (suggestion: Suggestion, ...problems: readonly Wrong[]): Verdict => ({
  outcome: 'held',
  for: problems,
  suggestion,
});
