import type { ProfileField, ProfileSource } from '@keycourier/journey/model/profile';
import type { AddressContext } from '@keycourier/journey/ports/address';

import type { AddressProblemCode, NormalisationRule } from './problem.ts';
import type { Subdivision } from './subdivisions/address-data.ts';

/** One attribute as its rules have left it so far. With a problem it is never shipped. */
export interface FieldState {
  name: ProfileField;
  /** Empty when the attribute is absent. Lines of a street are separated by `\n`. */
  value: string;
  /** Where the value came from; null when the attribute is absent. */
  source: ProfileSource | null;
  normalisations: readonly NormalisationRule[];
  problems: readonly AddressProblemCode[];
}

/** What a rule may depend on besides its own attribute. */
export interface RuleContext extends AddressContext {
  /** ISO 3166-1 alpha-2; null while the country is not known. */
  countryCode: string | null;
  isMilitary: boolean;
  /** Where the state or region is known; null in the rules of the state itself. */
  subdivision: Subdivision | null;
  /** The only subdivision that has the postal code; null where none is claimed, and in the rules of the two. */
  subdivisionOfCode: Subdivision | null;
}

/** A rule judges a value, or changes it without loss. It never throws, for any value. */
export type Rule = (field: FieldState, context: RuleContext) => FieldState;

/** The field with a new value; recorded only when it differs. */
export function become(field: FieldState, value: string, rule: NormalisationRule): FieldState {
  if (value === field.value) return field;
  return { ...field, value, normalisations: [...field.normalisations, rule] };
}

export const fail = (field: FieldState, code: AddressProblemCode): FieldState => ({
  ...field,
  problems: [...field.problems, code],
});
