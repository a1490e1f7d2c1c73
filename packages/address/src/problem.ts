import type { Normalisation, ProfileField } from '@keycourier/journey/model/profile';
import type { Problem } from '@keycourier/journey/model/shipment';

/** All problems that an attribute of a profile can have. A code never holds the value. */
export const addressProblemCodes = [
  'missing',
  'control_character',
  'not_deliverable_script',
  'too_long',
  'unknown_country',
  'military_post_abroad',
  'country_not_enabled',
  'unknown_state',
  'military_city_with_more',
  'contradicts_postal_code',
  'contradicts_state',
  'not_a_postal_code',
  'not_a_phone_number',
  'uncertain_phone_number',
  'unknown_phone_number',
  'not_an_email_address',
  'po_box',
] as const;

export type AddressProblemCode = (typeof addressProblemCodes)[number];

export interface AddressProblem extends Problem {
  field: ProfileField;
  code: AddressProblemCode;
}

/** Every lossless change that a rule may make to a value. */
export type NormalisationRule =
  | 'trimmed'
  | 'whitespace_collapsed'
  | 'unicode_composed'
  | 'placeholder_removed'
  | 'upper_cased'
  | 'country_name_to_code'
  | 'country_alpha3_to_alpha2'
  | 'state_name_to_code'
  | 'state_name_to_latin'
  | 'state_prefix_removed'
  | 'postal_mark_removed'
  | 'postal_code_respaced'
  | 'postal_code_prefix_removed'
  | 'phone_to_e164'
  | 'street_split'
  | 'street_lines_joined';

export interface AddressNormalisation extends Normalisation {
  rule: NormalisationRule;
}
