import { findPhoneNumbersInText, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';

import { countryOf, formatted, parse } from '../rules/phone-number.ts';
import { digitsOf, inAsciiDigits } from '../rules/written-phone-number.ts';
import type { Loss } from './losses.ts';
import { oldPhonePrefixes } from './old-phone-prefixes.ts';

/** What a spreadsheet or a program put around a number, or made of it: `'…`, `="…"`, `tel:…`, `….0`, `4.915123456789E+12`. */
export const undoDecimals: Loss = (value) => {
  const bare = inAsciiDigits(value)
    .replace(/^=?["'‘’`]+|["'‘’`]+$/gu, '')
    .replace(/^(?:tel|phone|mobile?|mob|t|m|p|telefon|tél)[.: ]+(?=[+(\d])/iu, '');
  const whole = bare.replace(/^(\+?\d{5,})[.,]0+$/, '$1');
  const [, first, rest, exponent] = /^\+?(\d)[.,](\d{5,14})e\+?(\d{1,2})$/i.exec(whole) ?? [];
  if (first === undefined || rest === undefined) return [whole];
  // With fewer digits than the exponent says, the spreadsheet has rounded the others away.
  return Number(exponent) === rest.length ? [first + rest] : [];
};

const or = 'or|and|oder|und|ou|et|o|e|y|of|en|eller|och|og|tai|ja|lub|nebo|alebo|vagy|ili|ali|sau|veya|или|та|або|ή';
const alternate = new RegExp(String.raw`\s*(?:[/;,|&\\]|\s[-–—]\s|\n|(?<!\p{L})(?:${or})(?!\p{L}))`, 'iu');

/** The number in front of a second one, or in front of other last digits. */
export const dropAlternates: Loss = (value) => {
  const plain = inAsciiDigits(value);
  const separator = alternate.exec(plain);
  const first = separator === null ? [] : [plain.slice(0, separator.index)];
  const [, beforeLast] = /^(.*\d)(?:[-./,]\d{1,3}| *\(\d{1,4}\))$/u.exec(plain) ?? [];
  return [...first, ...(beforeLast === undefined ? [] : [beforeLast])];
};

const extensionWords =
  'durchwahl|dw|nebenstelle|nst|apparat|app|poste|interne|interno|int|toestel|tst|anexo|ramal|extensión|extensão|доб|внутр|内線|klapka|linka|wewn|wew|anknytning|ankn|lokal|lok|mellék|dahili|extension|ext|x|#';
const withExtension = new RegExp(String.raw`^(.*\d)[ ,;]*(?:${extensionWords})[ .:]*(\d{1,7})$`, 'iu');

/** The number, and its extension in the one form that is kept. */
export const appendExtension: Loss = (value) => {
  const [, number, extension] = withExtension.exec(inAsciiDigits(value)) ?? [];
  return number === undefined || extension === undefined ? [] : [formatted(number, extension)];
};

/** The digits as the library reads them, which knows carrier codes and prefixes that are part of no number; or as if a plus was lost. */
export const readAsLibrary: Loss = (value, context) => {
  const plain = inAsciiDigits(value);
  if (!/^[+\d ()./-]+$/.test(plain)) return [];
  const digits = digitsOf(plain);
  const own = countryOf(context);
  const ownCode = own === undefined ? null : getCountryCallingCode(own);
  const asWritten = parse({ hasPlus: plain.includes('+'), digits }, context)?.number;
  const withPlus = `+${digits.replace(/^(?:00|011|0011)(?=[1-9])/, '')}`;
  const candidates = ownCode !== null && digits.startsWith(ownCode) ? [withPlus, asWritten] : [asWritten, withPlus];
  return candidates.filter((candidate) => candidate !== undefined);
};

/** The number without a prefix that its country has given up, or with the one that it has now. */
export const dropOldPrefix: Loss = (value, context) => {
  const plain = inAsciiDigits(value);
  const country =
    parse({ hasPlus: plain.includes('+'), digits: digitsOf(plain) }, context)?.country ?? context.countryCode;
  if (country === null || !isSupportedCountry(country) || !/^[+\d ()./-]+$/.test(plain)) return [];
  const code = getCountryCallingCode(country);
  const digits = digitsOf(plain);
  const nationals = [digits, ...(digits.startsWith(code) ? [digits.slice(code.length)] : [])];
  const changed = (national: string): readonly string[] =>
    (oldPhonePrefixes[country] ?? [])
      .filter(([old]) => national.startsWith(old))
      .map(([old, now]) => `+${code}${now}${national.slice(old.length)}`);
  return nationals.flatMap(changed);
};

const keypad = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'] as const;

/** The digits of the keys that the letters stand on, as in "1-800-FLOWERS". */
export const readLetters: Loss = (value) => {
  if (!/^[+\d ().-]{3,}[a-z-]{3,}$/i.test(value)) return [];
  return [
    value.replace(/[a-z]/gi, (letter) => String(2 + keypad.findIndex((key) => key.includes(letter.toLowerCase())))),
  ];
};

/** The phone numbers inside a text, in their order. */
export const findPhoneNumber: Loss = (value, context) => {
  const defaultCountry = countryOf(context);
  return findPhoneNumbersInText(value, defaultCountry === undefined ? {} : { defaultCountry })
    .filter(({ startsAt, endsAt }) => !isPart(value.slice(0, startsAt), value.slice(endsAt)))
    .map(({ number }) => formatted(number.number, number.ext ?? null));
};

/** Digits separated from others by no more than a space or a dash are part of a longer number, not a number of their own. */
const isPart = (before: string, after: string): boolean =>
  /\d[ ().,/e+-]*$/i.test(before) || /^[ ().,/e+-]*\d/i.test(after);
