import {
  type CountryCode,
  isSupportedCountry,
  Metadata,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';

import { become, fail, type RuleContext, type Rule } from '../field-state.ts';
import { digitsOf, readWritten, type WrittenPhoneNumber } from './written-phone-number.ts';

/**
 * The number in E.164, a number of the address's country where it has no country code. An extension is appended. Only a
 * number that has exactly the digits that were written, after the trunk or international prefix of its country, is one;
 * the library alone also drops and adds digits. An operator may confirm one that has a possible length and is in no
 * range that the library knows.
 */
export const phoneNumber: Rule = (field, context) => {
  const written = readWritten(field.value);
  const phone = written === null ? undefined : parse(written, context);
  if (written === null || phone === undefined || !phone.isPossible()) return fail(field, 'not_a_phone_number');
  if (!isCertain(written, phone, countryOf(context))) return fail(field, 'uncertain_phone_number');
  if (!phone.isValid() && field.source !== 'confirmed') return fail(field, 'unknown_phone_number');
  return become(field, formatted(phone.number, written.extension), 'phone_to_e164');
};

export const formatted = (number: string, extension: string | null): string =>
  extension === null ? number : `${number} ext. ${extension}`;

/** The country of a number without a country code. */
export const countryOf = ({ countryCode }: RuleContext): CountryCode | undefined =>
  countryCode !== null && isSupportedCountry(countryCode) ? countryCode : undefined;

/** As the library reads it, which may drop or add digits. */
export function parse({ hasPlus, digits }: Pick<WrittenPhoneNumber, 'hasPlus' | 'digits'>, context: RuleContext) {
  const defaultCountry = countryOf(context);
  // Without `extract: false` the library finds a number inside any text and drops the rest.
  const options = { extract: false, ...(defaultCountry === undefined ? {} : { defaultCountry }) };
  return parsePhoneNumberFromString(`${hasPlus ? '+' : ''}${digits}`, options);
}

function isCertain(written: WrittenPhoneNumber, phone: PhoneNumber, country: CountryCode | undefined): boolean {
  const prefix = prefixOf(written.digits, phone);
  if (prefix === null || !isKnownPrefix(prefix, written.hasPlus, { phone, country })) return false;
  const { beforeTrunkInBrackets } = written;
  if (beforeTrunkInBrackets !== null && !beforeTrunkInBrackets.endsWith(phone.countryCallingCode)) return false;
  if (!written.hasPlus && hasOtherReading(written.digits, prefix, phone)) return false;
  return !mayJoinTwoNumbers(written, country);
}

/** What was written in front of the national number; null where the number has other digits than were written. */
const prefixOf = (digits: string, { nationalNumber }: PhoneNumber): string | null =>
  digits.endsWith(nationalNumber) ? digits.slice(0, digits.length - nationalNumber.length) : null;

function isKnownPrefix(
  prefix: string,
  hasPlus: boolean,
  { phone, country }: { phone: PhoneNumber; country: CountryCode | undefined },
): boolean {
  const code = phone.countryCallingCode;
  if (prefix === code) return true;
  const trunk = trunkPrefixOf(phone);
  const international = [code, `${code}${trunk}`];
  if (hasPlus) return international.includes(prefix);
  if (['', trunk, ...international].includes(prefix)) return true;
  const outward = country === undefined ? undefined : internationalPrefixOf(country)?.exec(prefix)?.[0];
  return outward !== undefined && international.includes(prefix.slice(outward.length));
}

/** The prefix that the number has when it is dialled in its own country; empty where there is none. */
function trunkPrefixOf(phone: PhoneNumber): string {
  return prefixOf(digitsOf(phone.formatNational()), phone) ?? '';
}

function internationalPrefixOf(country: CountryCode): RegExp | undefined {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const source = metadata.numberingPlan?.IDDPrefix();
  return source === undefined ? undefined : new RegExp(`^(?:${source})`);
}

/** From this length on, digits without a plus are often a whole international number. */
const internationalLength = 11;

/**
 * A number without its trunk prefix may have lost a plus instead: "4915112345678" is a mobile number, or one in the town of
 * Leer, whose area code is 0491.
 */
function hasOtherReading(digits: string, prefix: string, phone: PhoneNumber): boolean {
  if (prefix !== '') return false;
  const other = parsePhoneNumberFromString(`+${digits}`, { extract: false });
  if (other === undefined || !other.isPossible()) return false;
  const isOwn = other.countryCallingCode === phone.countryCallingCode;
  if (isOwn && other.isValid()) return true;
  // A mistyped number of the own country is no valid one, and no number of a town either.
  return trunkPrefixOf(phone) !== '' && digits.length >= internationalLength && (isOwn || other.isValid());
}

/** Where a hyphen sets off the digits of a direct line, which belong to the number. Source: DIN 5008, ÖNORM A 1080. */
const countriesWithDirectLines: readonly string[] = ['DE', 'AT'];

/**
 * Whether the last digits may be others to dial instead ("23125123/45", "-45"), because the digits before them are a
 * number already. A slash behind an area code, and a hyphen before the digits of a direct line, are punctuation.
 */
function mayJoinTwoNumbers(written: WrittenPhoneNumber, country: CountryCode | undefined): boolean {
  const { betweenSlashes, beforeLast, afterLast, hasPlus } = written;
  const areaCode = betweenSlashes.slice(0, -1).join('');
  if (areaCode !== '' && ((betweenSlashes.at(-1)?.length ?? 0) < 4 || isNumber(areaCode, hasPlus, country)))
    return true;
  if (afterLast === 0 || afterLast > 3) return false;
  const before = numberOf(beforeLast, hasPlus, country);
  if (before === undefined) return false;
  const isDirectLine = countriesWithDirectLines.includes(before.country ?? '');
  return before.nationalNumber.length >= (isDirectLine ? 9 : 7);
}

const isNumber = (digits: string, hasPlus: boolean, country: CountryCode | undefined): boolean =>
  numberOf(digits, hasPlus, country) !== undefined;

function numberOf(digits: string, hasPlus: boolean, country: CountryCode | undefined): PhoneNumber | undefined {
  const options = { extract: false, ...(country === undefined ? {} : { defaultCountry: country }) };
  const phone = parsePhoneNumberFromString(`${hasPlus ? '+' : ''}${digits}`, options);
  return phone?.isValid() === true ? phone : undefined;
}
