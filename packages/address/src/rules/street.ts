import { become, fail, type Rule, type RuleContext } from '../field-state.ts';
import { isWithin } from '../limits.ts';

/**
 * Okta has one attribute for the street, the provider two lines. A street that does not fit is broken into two lines at a
 * comma, else at a space; only the separator is lost.
 */
export const streetLines: Rule = (field) => {
  const lines = field.value.split('\n');
  if (lines.length <= 2 && lines.every(fits)) return field;
  const parts = lines.map((line) => line.replace(/ *,$/, '')).filter((line) => line !== '');
  const joined = parts.join(', ');
  const broken = fits(joined) ? joined : breakInTwo(joined);
  if (broken === null) return fail(field, 'too_long');
  return become(field, broken, lines.length === 1 ? 'street_split' : 'street_lines_joined');
};

const fits = (line: string): boolean => isWithin('streetAddress', line);

function breakInTwo(street: string): string | null {
  if (street.length > longestStreet) return null;
  for (const separator of [/ *, */g, / /g]) {
    const breaks = [...street.matchAll(separator)].map(({ 0: text, index }) => ({
      first: street.slice(0, index),
      second: street.slice(index + text.length),
    }));
    const longestFirst = breaks.findLast(
      ({ first, second }) => first !== '' && second !== '' && fits(first) && fits(second),
    );
    if (longestFirst !== undefined) return `${longestFirst.first}\n${longestFirst.second}`;
  }
  return null;
}

/** Two full lines and a generous separator: no longer street fits, wherever it is broken. */
const longestStreet = 128;

/** How a post office box is written, at the start of a word. Each is specific enough not to match the name of a street. */
const boxNames = [
  /p(?:ost)?[. ]*o(?:ffice)?[. ]*box/,
  /post(?:al)? ?box/,
  /g[. ]*p[. ]*o[. ]*box/,
  /(?:locked|private) (?:mail ?)?bag/,
  /post(?:fach|bus|boks|ilokero|afiók)/,
  /bo[iî]te postale/,
  /b\.? ?p\.? ?\d/,
  /(?:apartado|apdo\.?|casilla)(?: (?:de correos?|postal|a[eé]reo))?(?: n[o°º]?\.?)? ?\d/,
  /caixa postal/,
  /casella postale/,
  /skr(?:ytka|\.) poczt?/,
  /posta kutusu/,
];

const box = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${boxNames.map(({ source }) => source).join('|')})|^box \d`,
  'imu',
);

/** Couriers need a recipient; a box works in the US alone. Source: YubiEnterprise delivery, "Best Practices and Troubleshooting". */
export const isUnreachableBox = (text: string, { countryCode }: RuleContext): boolean =>
  countryCode !== null && countryCode !== 'US' && box.test(text);

export const poBox: Rule = (field, context) => (isUnreachableBox(field.value, context) ? fail(field, 'po_box') : field);
