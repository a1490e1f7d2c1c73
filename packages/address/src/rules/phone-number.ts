import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';

import { become, fail, type RuleContext, type Rule } from '../field-state.ts';

/**
 * The number in E.164, a number of the address's country where it has no country code. An extension is appended. An
 * operator may vouch for one that has a possible length and is in no range that the library knows.
 */
export const phoneNumber: Rule = (field, context) => {
  // Without `extract: false` the library finds a number inside any text and drops the rest.
  const phone = parsePhoneNumberFromString(field.value, { ...defaultCountryOf(context), extract: false });
  if (phone === undefined || !phone.isPossible()) return fail(field, 'not_a_phone_number');
  if (!phone.isValid() && field.source !== 'vouched') return fail(field, 'unknown_phone_number');
  return become(field, formatted(phone), 'phone_to_e164');
};

/** The country of a number without a country code. */
export const defaultCountryOf = ({ countryCode }: RuleContext) =>
  countryCode !== null && isSupportedCountry(countryCode) ? { defaultCountry: countryCode } : {};

export const formatted = (phone: PhoneNumber): string =>
  phone.ext === undefined ? phone.number : `${phone.number} ext. ${phone.ext}`;
