import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';

import { become, fail, type Place, type Rule } from '../reading.ts';

/** The number in E.164, read as one of the address's country where it has no country code. An extension is kept behind it. */
export const phoneNumber: Rule = (reading, place) => {
  // Without `extract: false` the library finds a number inside any text, and the rest is lost.
  const phone = parsePhoneNumberFromString(reading.value, { ...homeOf(place), extract: false });
  if (phone === undefined || !phone.isValid()) return fail(reading, 'not_a_phone_number');
  return become(reading, dialled(phone), 'phone_to_e164');
};

/** Where a number without a country code belongs. */
export const homeOf = ({ countryCode }: Place) =>
  countryCode !== null && isSupportedCountry(countryCode) ? { defaultCountry: countryCode } : {};

export const dialled = (phone: PhoneNumber): string =>
  phone.ext === undefined ? phone.number : `${phone.number} ext. ${phone.ext}`;
