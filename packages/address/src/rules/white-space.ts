import { become, type Rule } from '../reading.ts';

/** Removes white space around the value and around each of its lines, and lines with nothing else. */
export const trim: Rule = (reading) => {
  const lines = reading.value.split('\n').map((line) => line.trim());
  return become(reading, lines.filter((line) => line !== '').join('\n'), 'trimmed');
};

/** One ordinary space for every run of spaces of any kind. */
export const collapse: Rule = (reading) =>
  become(reading, reading.value.replace(/\p{Zs}+/gu, ' '), 'whitespace_collapsed');
