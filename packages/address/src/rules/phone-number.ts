import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

import { become, fail, type Rule } from '../reading.ts';

/** The number in E.164, read as one of the address's country where it has no country code. An extension is kept behind it. */
export const phoneNumber: Rule = (reading, { countryCode }) => {
  const country = countryCode !== null && isSupportedCountry(countryCode) ? { defaultCountry: countryCode } : {};
  // Without `extract: false` the library finds a number inside any text, and the rest is lost.
  const phone = parsePhoneNumberFromString(reading.value, { ...country, extract: false });
  if (phone === undefined || !phone.isValid()) return fail(reading, 'not_a_phone_number');
  const extension = phone.ext === undefined ? '' : ` ext. ${phone.ext}`;
  return become(reading, phone.number + extension, 'phone_to_e164');
};
