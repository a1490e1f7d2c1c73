import type { ProfileField } from '@keycourier/journey/model/shipment';

import type { Rule } from './reading.ts';
import { byteLength } from './rules/byte-length.ts';
import { controlCharacter } from './rules/control-character.ts';
import { country } from './rules/country.ts';
import { emailAddress } from './rules/email-address.ts';
import { enabledCountry } from './rules/enabled-country.ts';
import { latinScript } from './rules/latin-script.ts';
import { lineBreaks } from './rules/line-breaks.ts';
import { militaryPost } from './rules/military-post.ts';
import { phoneNumber } from './rules/phone-number.ts';
import { placeholder } from './rules/placeholder.ts';
import { poBox } from './rules/po-box.ts';
import { postalCode } from './rules/postal-code.ts';
import { state } from './rules/state.ts';
import { streetLines } from './rules/street-lines.ts';
import { compose } from './rules/unicode.ts';
import { collapse, trim } from './rules/white-space.ts';

const text = [controlCharacter, compose, trim, collapse, placeholder] as const;

/** The rules that each attribute goes through, in order, as long as something is left of it. */
export const rulesByField: Readonly<Record<ProfileField, readonly Rule[]>> = {
  firstName: [...text, latinScript, byteLength('firstName')],
  lastName: [...text, latinScript, byteLength('lastName')],
  email: [controlCharacter, trim, emailAddress, byteLength('email')],
  secondEmail: [controlCharacter, trim, emailAddress, byteLength('secondEmail')],
  primaryPhone: [...text, phoneNumber, byteLength('primaryPhone')],
  organization: [...text, latinScript, byteLength('organization')],
  streetAddress: [lineBreaks, ...text, streetLines, poBox, latinScript],
  city: [...text, latinScript, byteLength('city')],
  state: [...text, state, latinScript, byteLength('state')],
  zipCode: [...text, postalCode],
  countryCode: [...text, country, militaryPost, enabledCountry],
};
