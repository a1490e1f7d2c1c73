import { isWithin } from '../limits.ts';
import { become, fail, type Rule } from '../reading.ts';

/**
 * Okta has one attribute for the street, the provider two lines. A street that does not fit as it is written is broken at
 * a comma, else at a space, into two that do; nothing but the break is lost.
 */
export const streetLines: Rule = (reading) => {
  const lines = reading.value.split('\n');
  if (lines.length <= 2 && lines.every(fits)) return reading;
  const parts = lines.map((line) => line.replace(/ *,$/, '')).filter((line) => line !== '');
  const joined = parts.join(', ');
  const broken = fits(joined) ? joined : breakInTwo(joined);
  if (broken === null) return fail(reading, 'too_long');
  return become(reading, broken, lines.length === 1 ? 'street_split' : 'street_lines_joined');
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

/** Two full lines and a generous separator: no longer street can be broken so that it fits. */
const longestStreet = 128;
