import { become, fail, type Rule } from '../field-state.ts';
import { isWithin } from '../limits.ts';
import { isUnreachableBox } from './boxes/find-box.ts';

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

/** A post office box, a parcel locker or poste restante, in whichever attribute of the address it stands. */
export const poBox: Rule = (field, context) => (isUnreachableBox(field.value, context) ? fail(field, 'po_box') : field);
