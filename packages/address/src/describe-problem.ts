import type { ProfileField } from '@keycourier/journey/model/profile';
import type { Problem } from '@keycourier/journey/model/shipment';

import { byteLimits } from './limits.ts';
import { type AddressProblem, addressProblemCodes } from './problem.ts';

const names: Readonly<Record<ProfileField, string>> = {
  firstName: 'first name',
  lastName: 'last name',
  email: 'primary e-mail address',
  secondEmail: 'secondary e-mail address',
  primaryPhone: 'primary phone number',
  organization: 'organization',
  streetAddress: 'street address',
  city: 'city',
  state: 'state or province',
  zipCode: 'postal code',
  countryCode: 'country',
};

/** Whether a problem is one of this package, which {@link describeProblem} can describe. */
export const isAddressProblem = (problem: Problem): problem is AddressProblem =>
  Object.hasOwn(names, problem.field) && addressProblemCodes.some((code) => code === problem.code);

/** One sentence: the attribute, what is wrong, and how to fix it. Made from field and code alone, so it holds no value. */
export function describeProblem({ field, code }: AddressProblem): string {
  const subject = `The ${names[field]} (${field})`;
  switch (code) {
    case 'missing':
      return `${subject} is missing: enter ${field === 'state' ? 'its two-letter code' : 'it'}.`;
    case 'control_character':
      return `${subject} contains an invisible control character: type it again, do not paste it.`;
    case 'not_deliverable_script':
      return `${subject} contains characters that a parcel label cannot show: use Latin letters and the digits 0 to 9.`;
    case 'too_long':
      return `${subject} is too long for ${limitOf(field)}: shorten it (an accented letter counts as two bytes).`;
    case 'unknown_country':
      return `${subject} is unknown or ambiguous: use its two-letter ISO 3166 code.`;
    case 'military_post_abroad':
      return `${subject} of a US military post must be the United States: set it to US.`;
    case 'country_not_enabled':
      return `${subject} is not enabled for this organization at the provider: have it enabled, or use an address in another country.`;
    case 'unknown_state':
      return `${subject} does not exist in the country: use its two-letter code, and a military one only with APO, FPO or DPO as the city.`;
    case 'military_city_with_more':
      return `${subject} of a US military post is APO, FPO or DPO alone: enter the rest as the state and the postal code.`;
    case 'contradicts_postal_code':
      return `${subject} is not where the postal code lies: correct the one that is wrong, or confirm the postal code.`;
    case 'contradicts_state':
      return `${subject} lies in another state or province than the attribute says: correct the one that is wrong, or confirm the postal code.`;
    case 'not_a_postal_code':
      return `${subject} does not have the format of its country's postal codes: correct it, or the country.`;
    case 'not_a_phone_number':
      return `${subject} is not a valid number in the country of the address: correct it, or start it with + and the country code.`;
    case 'uncertain_phone_number':
      return `${subject} can be read in more than one way, or has digits that do not belong to it: enter + and the country code, then the digits of one number.`;
    case 'unknown_phone_number':
      return `${subject} is in no known range of its country: correct it, or, if it is right, correct it to the same number and confirm it.`;
    case 'not_an_email_address':
      return `${subject} is not a valid e-mail address: correct it in Okta.`;
    case 'po_box':
      return `${subject} is a post office box, a parcel locker or poste restante, where a courier hands nothing over: use a street and its number.`;
  }
}

function limitOf(field: ProfileField): string {
  if (field === 'streetAddress') return `two lines of ${byteLimits.streetAddress} bytes`;
  return field === 'zipCode' ? 'the label' : `the ${byteLimits[field]} bytes on the label`;
}
