import type { Loss } from './candidates.ts';

/** Countries that have postal codes which begin with zero, as their posts assign them. */
const countriesWithLeadingZeros = 'AU BR CN DE ES FI FR IT JP KR MX MY NO NZ SG TR UA US ZA'.split(' ');

/** A spreadsheet takes a postal code for a number and loses its first zero; a code that lacks one digit may have had it. */
export const restoreZero: Loss = (value, { countryCode }) =>
  countryCode !== null && countriesWithLeadingZeros.includes(countryCode) && /^\d[\d -]+$/.test(value)
    ? [`0${value}`]
    : [];
