import type { ProfileField } from '@keycourier/journey/model/shipment';

import type { AddressProblemCode, NormalisationRule } from './problem.ts';

/** What has become of one attribute so far. A reading with a problem is never shipped, whatever its value is then. */
export interface FieldState {
  field: ProfileField;
  /** Empty when the attribute is absent. Lines of a street are parted by `\n`. */
  value: string;
  normalisations: readonly NormalisationRule[];
  problems: readonly AddressProblemCode[];
}

/** What a rule may know besides its own attribute. */
export interface Place {
  /** ISO 3166-1 alpha-2; null while the country is not known. */
  countryCode: string | null;
  isMilitary: boolean;
  isNewUser: boolean;
  /** ISO alpha-2 codes of the countries that the provider ships to; null where it does not say. */
  enabledCountries: readonly string[] | null;
}

/** One rule: judges a value, or changes it without loss. Never throws, whatever the value. */
export type Rule = (reading: FieldState, place: Place) => FieldState;

/** The reading with a new value; recorded only when it differs. */
export function become(reading: FieldState, value: string, rule: NormalisationRule): FieldState {
  if (value === reading.value) return reading;
  return { ...reading, value, normalisations: [...reading.normalisations, rule] };
}

export const fail = (reading: FieldState, code: AddressProblemCode): FieldState => ({
  ...reading,
  problems: [...reading.problems, code],
});
