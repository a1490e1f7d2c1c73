import type { Problem, ProfileField } from '@keycourier/journey/model/shipment';

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

/** Whether a problem is one of this package's, which {@link describeProblem} can put into words. */
export const isAddressProblem = (problem: Problem): problem is AddressProblem =>
  Object.hasOwn(names, problem.field) && addressProblemCodes.some((code) => code === problem.code);

/** One sentence for people: where, what is wrong, and what would fix it. Made of field and code alone, so it holds no value. */
export function describeProblem({ field, code }: AddressProblem): string {
  const subject = `The ${names[field]} (${field})`;
  switch (code) {
    case 'missing':
      return `${subject} is missing: ${field === 'state' ? 'give its two-letter code' : 'fill it in'}.`;
    case 'control_character':
      return `${subject} holds an invisible control character: type it anew instead of pasting it.`;
    case 'not_deliverable_script':
      return `${subject} holds characters that a parcel label cannot carry: write it in Latin letters and the digits 0 to 9.`;
    case 'too_long':
      return `${subject} is too long for ${room(field)}: shorten it, counting accented letters as two bytes.`;
    case 'unknown_country':
      return `${subject} is not one we can recognise, or it means more than one: give its two-letter ISO 3166 code.`;
    case 'military_post_abroad':
      return `${subject} is not the one that a military post is reached through: set it to the United States.`;
    case 'country_not_enabled':
      return `${subject} is not one that the provider ships to for this organization: have it enabled, or give an address in another country.`;
    case 'unknown_state':
      return `${subject} is not one of its country: give its two-letter code, and a military one only with APO, FPO or DPO as the city.`;
    case 'not_a_postal_code':
      return `${subject} is not written as its country's postal codes are: correct it, or the country.`;
    case 'not_a_phone_number':
      return `${subject} is not a valid number in the country of the address: correct it, or begin it with + and its country code.`;
    case 'not_an_email_address':
      return `${subject} is not one that mail can be sent to: correct it in Okta.`;
    case 'po_box':
      return `${subject} is a post office box, which couriers reach in the United States only: give a street and a house number.`;
  }
}

function room(field: ProfileField): string {
  if (field === 'streetAddress') return `two lines of ${byteLimits.streetAddress} bytes`;
  return field === 'zipCode' ? 'the label' : `the ${byteLimits[field]} bytes on the label`;
}
