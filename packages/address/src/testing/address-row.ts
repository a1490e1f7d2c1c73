import type { CheckedProfile, ProfileField, Suggestion } from '@keycourier/journey/model/profile';

import type { AddressProblemCode, NormalisationRule } from '../problem.ts';

/** The attributes of a profile, without their sources. */
export type ProfileValues = Readonly<Partial<Record<ProfileField, string>>>;
type Normalised = `${ProfileField} ${NormalisationRule}`;
type Wrong = `${ProfileField} ${AddressProblemCode}`;

export type Verdict =
  /** Ships unchanged except for these values, which these rules have changed. */
  | { outcome: 'ships'; with: Partial<CheckedProfile>; after: readonly Normalised[] }
  /** Is held for exactly these problems, with exactly this suggestion. */
  | { outcome: 'held'; for: readonly Wrong[]; suggestion: Suggestion };

/** A title, a profile, its verdict, and the countries that are enabled (unknown by default). */
export type Row = readonly [
  title: string,
  values: ProfileValues,
  verdict: Verdict,
  enabledCountries?: readonly string[],
];

const person = { firstName: 'Ada', lastName: 'Lovelace', organization: 'Example Ltd', email: 'ada@example.com' };

/** An invented person at this address; an empty text is an absent attribute. `other` attributes replace the person's. */
export const at = (
  address: readonly [street: string, city: string, state: string, zip: string, country: string, phone: string],
  other: ProfileValues = {},
): ProfileValues => {
  const [streetAddress, city, state, zipCode, countryCode, primaryPhone] = address;
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

/** Held, without a suggestion. */
export const held = (...problems: readonly Wrong[]): Verdict => heldWith({}, ...problems);

export const heldWith = (suggestion: Suggestion, ...problems: readonly Wrong[]): Verdict => ({
  outcome: 'held',
  for: problems,
  suggestion,
});
